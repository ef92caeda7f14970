"""C that kernels of several operators share; a package, so that it is installed with them."""
