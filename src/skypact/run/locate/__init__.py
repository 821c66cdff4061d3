"""`skypact locate`: aircraft from the times at which stations received their messages, held against ADS-B."""
