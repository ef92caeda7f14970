"""Will it fit? A model, a chip and what else runs there -> the sum of the parts, before anything is built."""
