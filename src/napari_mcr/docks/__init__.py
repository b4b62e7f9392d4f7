"""The docks of the plugin, a file each."""
