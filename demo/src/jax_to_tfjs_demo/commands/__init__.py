"""The commands of `app`, one file each."""
