"""The verdict by pixels and joints, with the networks that ship in packages."""
