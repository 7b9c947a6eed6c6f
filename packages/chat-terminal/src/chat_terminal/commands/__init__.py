"""The commands, one file each. A command's imports that take long stand inside its functions."""
