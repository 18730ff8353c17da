"""The heart: values, effects, the fiber machine and the kernel. Pure: no clock, dice, files, network or async."""
