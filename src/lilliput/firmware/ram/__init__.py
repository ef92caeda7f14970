"""The RAM of a firmware beyond its static data: the deepest stack of each entry point, heaps and reserved areas."""
