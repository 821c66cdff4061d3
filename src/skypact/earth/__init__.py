"""The Earth: WGS 84 frames, terrain, line of sight and masking."""
