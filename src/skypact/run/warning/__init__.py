"""What the size of alerted zones costs: lead time against alerts in vain, from the same pictures."""

from skypact.run.warning.picture import write_zone_picture
from skypact.run.warning.study import ZoneStudy, study, widths_m
from skypact.run.warning.table import print_zones, to_json

__all__ = ["ZoneStudy", "print_zones", "study", "to_json", "widths_m", "write_zone_picture"]
