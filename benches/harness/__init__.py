"""What `benches/run` is made of: a module a part, `build` before them and `report` after."""
