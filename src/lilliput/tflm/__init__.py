"""TensorFlow Lite for Microcontrollers as a target: its arena, its resolver, its size, and a better memory plan."""
