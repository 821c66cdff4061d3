"""Category 062, system track data: EUROCONTROL-SPEC-0149-9, editions 1.16 to 1.21.

1.17 added V and G of I062/060; 1.18 SFC, IDD and IEC, 1.20 MLAT and 1.21 M5I of I062/080; 1.20 renamed I062/380 MB.
I062/340 HEIGHT is two's complement here in every edition, as 1.19 says: before it nothing flew above 819,175 ft.
"""

from __future__ import annotations

from dataclasses import replace

from skypact.interop.asterix.layout import (
    VALUE,
    Category,
    Field,
    Item,
    Kind,
    ascii_text,
    chained,
    compound,
    explicit,
    extended,
    fixed,
    flags,
    icao_text,
    octal,
    repetitive,
    signed,
    spare,
    unsigned,
)


def _number(name: str, title: str, bits: int, scale: float, unit: str) -> Item:
    return fixed(name, title, unsigned(VALUE, bits, scale, unit))


def _number_signed(name: str, title: str, bits: int, scale: float, unit: str) -> Item:
    return fixed(name, title, signed(VALUE, bits, scale, unit))


def _age(name: str, title: str, bits: int = 8) -> Item:
    return _number(name, f"{title} Age", bits, 1 / 4, "s")


def _position(name: str, title: str) -> Item:
    return fixed(name, title, *_LATITUDE_LONGITUDE)


_LATITUDE_LONGITUDE = (signed("LAT", 24, 180 / 2**23, "deg"), signed("LON", 24, 180 / 2**23, "deg"))

_AIRCRAFT = compound(
    "380",
    "Aircraft Derived Data",
    fixed("ADR", "Target Address", unsigned(VALUE, 24)),
    fixed("ID", "Target Identification", icao_text(VALUE)),
    _number("MHG", "Magnetic Heading", 16, 360 / 2**16, "deg"),
    fixed(
        "IAS",
        "Indicated Airspeed / Mach Number",
        *flags("IM"),
        Field("IAS", 15, Kind.UNSIGNED, 2**-14, "NM/s", switch="IM", other_scale=0.001, other_unit="Mach"),
    ),
    _number("TAS", "True Airspeed", 16, 1.0, "kt"),
    fixed("SAL", "Selected Altitude", *flags("SAS SRC:2"), signed("ALT", 13, 25.0, "ft")),
    fixed("FSS", "Final State Selected Altitude", *flags("MV AH AM"), signed("ALT", 13, 25.0, "ft")),
    extended("TIS", "Trajectory Intent Status", flags("NAV NVB -:5")),
    repetitive(
        "TID",
        "Trajectory Intent Data",
        *flags("TCA NC TCPN:6"),
        signed("ALT", 16, 10.0, "ft"),
        *_LATITUDE_LONGITUDE,
        *flags("PT:4 TD:2 TRA TOA"),
        unsigned("TOV", 24, 1.0, "s"),
        unsigned("TTR", 16, 0.01, "NM"),
    ),
    fixed(
        "COM",
        "Communications/ACAS Capability and Flight Status",
        *flags("COM:3 STAT:3 -:2 SSC ARC AIC B1A B1B:4"),
    ),
    fixed("SAB", "Status Reported by ADS-B", *flags("AC:2 MN:2 DC:2 GBS -:6 STAT:3")),
    fixed("ACS", "ACAS Resolution Advisory Report", unsigned(VALUE, 56)),
    _number_signed("BVR", "Barometric Vertical Rate", 16, 6.25, "ft/min"),
    _number_signed("GVR", "Geometric Vertical Rate", 16, 6.25, "ft/min"),
    _number_signed("RAN", "Roll Angle", 16, 0.01, "deg"),
    fixed("TAR", "Track Angle Rate", *flags("TI:2 -:6"), signed("ROT", 7, 1 / 4, "deg/s"), spare(1)),
    _number("TAN", "Track Angle", 16, 360 / 2**16, "deg"),
    _number_signed("GS", "Ground Speed", 16, 2**-14, "NM/s"),
    fixed("VUN", "Velocity Uncertainty", unsigned(VALUE, 8)),
    fixed(
        "MET",
        "Meteorological Data",
        *flags("WS WD TMP TRB -:4"),
        unsigned("WSD", 16, 1.0, "kt"),
        unsigned("WDD", 16, 1.0, "deg"),
        signed("TMPD", 16, 1 / 4, "degC"),
        unsigned("TRBD", 8),
    ),
    fixed("EMC", "Emitter Category", unsigned(VALUE, 8)),
    _position("POS", "Position"),
    _number_signed("GAL", "Geometric Altitude", 16, 6.25, "ft"),
    fixed("PUN", "Position Uncertainty", *flags("-:4 PUN:4")),
    replace(
        repetitive("BDSDATA", "BDS Register Data", unsigned("MBDATA", 56), *flags("BDS1:4 BDS2:4")),
        names_before=((20, "MB"),),
    ),
    _number("IAR", "Indicated Airspeed", 16, 1.0, "kt"),
    _number("MAC", "Mach Number", 16, 0.008, "Mach"),
    fixed("BPS", "Barometric Pressure Setting", spare(4), unsigned("BPS", 12, 0.1, "mb")),
)

_UPDATE_AGES = compound(
    "290",
    "System Track Update Ages",
    _age("TRK", "Track"),
    _age("PSR", "PSR"),
    _age("SSR", "SSR"),
    _age("MDS", "Mode S"),
    _age("ADS", "ADS-C", 16),
    _age("ES", "ADS-B Extended Squitter"),
    _age("VDL", "ADS-B VDL Mode 4"),
    _age("UAT", "ADS-B UAT"),
    _age("LOP", "Loop"),
    _age("MLT", "Multilateration"),
)

_DATA_AGES = compound(
    "295",
    "Track Data Ages",
    _age("MFL", "Measured Flight Level"),
    _age("MD1", "Mode 1"),
    _age("MD2", "Mode 2"),
    _age("MDA", "Mode 3/A"),
    _age("MD4", "Mode 4"),
    _age("MD5", "Mode 5"),
    _age("MHG", "Magnetic Heading"),
    _age("IAS", "Indicated Airspeed / Mach Number"),
    _age("TAS", "True Airspeed"),
    _age("SAL", "Selected Altitude"),
    _age("FSS", "Final State Selected Altitude"),
    _age("TID", "Trajectory Intent"),
    _age("COM", "Communication/ACAS Capability and Flight Status"),
    _age("SAB", "Status Reported by ADS-B"),
    _age("ACS", "ACAS Resolution Advisory Report"),
    _age("BVR", "Barometric Vertical Rate"),
    _age("GVR", "Geometric Vertical Rate"),
    _age("RAN", "Roll Angle"),
    _age("TAR", "Track Angle Rate"),
    _age("TAN", "Track Angle"),
    _age("GSP", "Ground Speed"),
    _age("VUN", "Velocity Uncertainty"),
    _age("MET", "Meteorological Data"),
    _age("EMC", "Emitter Category"),
    _age("POS", "Position"),
    _age("GAL", "Geometric Altitude"),
    _age("PUN", "Position Uncertainty"),
    _age("MB", "BDS Register Data"),
    _age("IAR", "Indicated Airspeed Data"),
    _age("MAC", "Mach Number Data"),
    _age("BPS", "Barometric Pressure Setting Data"),
)

_FLIGHT_PLAN = compound(
    "390",
    "Flight Plan Related Data",
    fixed("TAG", "FPPS Identification Tag", unsigned("SAC", 8), unsigned("SIC", 8)),
    fixed("CS", "Callsign", ascii_text(VALUE, 7)),
    fixed("IFI", "IFPS Flight Identifier", *flags("TYP:2 -:3 NBR:27")),
    fixed("FCT", "Flight Category", *flags("GATOAT:2 FR1FR2:2 RVSM:2 HPR -")),
    fixed("TAC", "Type of Aircraft", ascii_text(VALUE, 4)),
    fixed("WTC", "Wake Turbulence Category", ascii_text(VALUE, 1)),
    fixed("DEP", "Departure Airport", ascii_text(VALUE, 4)),
    fixed("DST", "Destination Airport", ascii_text(VALUE, 4)),
    fixed("RDS", "Runway Designation", ascii_text("NU1", 1), ascii_text("NU2", 1), ascii_text("LTR", 1)),
    _number("CFL", "Current Cleared Flight Level", 16, 1 / 4, "FL"),
    fixed("CTL", "Current Control Position", unsigned("CENTRE", 8), unsigned("POSITION", 8)),
    repetitive(
        "TOD",
        "Time of Departure / Arrival",
        *flags("TYP:5 DAY:2 -:4 HOR:5 -:2 MIN:6 AVS - SEC:6"),
    ),
    fixed("AST", "Aircraft Stand", ascii_text(VALUE, 6)),
    fixed("STS", "Stand Status", *flags("EMP:2 AVL:2 -:4")),
    fixed("STD", "Standard Instrument Departure", ascii_text(VALUE, 7)),
    fixed("STA", "Standard Instrument Arrival", ascii_text(VALUE, 7)),
    fixed("PEM", "Pre-Emergency Mode 3/A", *flags("-:3 VA"), octal("MODE3A")),
    fixed("PEC", "Pre-Emergency Callsign", ascii_text(VALUE, 7)),
)

_MODE_5 = compound(
    "110",
    "Mode 5 Data Reports and Extended Mode 1 Code",
    fixed("SUM", "Mode 5 Summary", *flags("M5 ID DA M1 M2 M3 MC X")),
    fixed("PMN", "Mode 5 PIN / National Origin / Mission Code", *flags("-:2 PIN:14 -:3 NAT:5 -:2 MIS:6")),
    _position("POS", "Mode 5 Reported Position"),
    fixed("GA", "Mode 5 GNSS-derived Altitude", *flags("- RES"), signed("GA", 14, 25.0, "ft")),
    fixed("EM1", "Extended Mode 1 Code in Octal Representation", spare(4), octal("EM1")),
    _number_signed("TOS", "Time Offset for POS and GA", 8, 1 / 128, "s"),
    fixed("XP", "X Pulse Presence", *flags("-:3 X5 XC X3 X2 X1")),
)

_ACCURACY = compound(
    "500",
    "Estimated Accuracies",
    fixed("APC", "Position (Cartesian)", unsigned("X", 16, 0.5, "m"), unsigned("Y", 16, 0.5, "m")),
    _number_signed("COV", "XY Covariance Component", 16, 0.5, "m"),
    fixed(
        "APW",
        "Position (WGS-84)",
        unsigned("LAT", 16, 180 / 2**25, "deg"),
        unsigned("LON", 16, 180 / 2**25, "deg"),
    ),
    _number("AGA", "Geometric Altitude", 8, 6.25, "ft"),
    _number("ABA", "Barometric Altitude", 8, 1 / 4, "FL"),
    fixed("ATV", "Velocity (Cartesian)", unsigned("X", 8, 1 / 4, "m/s"), unsigned("Y", 8, 1 / 4, "m/s")),
    fixed("AA", "Acceleration (Cartesian)", unsigned("X", 8, 1 / 4, "m/s2"), unsigned("Y", 8, 1 / 4, "m/s2")),
    _number("ARC", "Rate of Climb/Descent", 8, 6.25, "ft/min"),
)

_MEASURED = compound(
    "340",
    "Measured Information",
    fixed("SID", "Sensor Identification", unsigned("SAC", 8), unsigned("SIC", 8)),
    fixed(
        "POS",
        "Measured Position",
        unsigned("RHO", 16, 1 / 256, "NM"),
        unsigned("THETA", 16, 360 / 2**16, "deg"),
    ),
    _number_signed("HEIGHT", "Measured 3-D Height", 16, 25.0, "ft"),
    fixed("MDC", "Last Measured Mode C Code", *flags("V G"), signed("LMC", 14, 1 / 4, "FL")),
    fixed("MDA", "Last Measured Mode 3/A Code", *flags("V G L -"), octal("MODE3A")),
    fixed("TYP", "Report Type", *flags("TYP:3 SIM RAB TST -:2")),
)

_ITEMS = (
    fixed("010", "Data Source Identifier", unsigned("SAC", 8), unsigned("SIC", 8)),
    None,
    fixed("015", "Service Identification", unsigned(VALUE, 8)),
    _number("070", "Time of Track Information", 24, 1 / 128, "s"),
    fixed(
        "105",
        "Calculated Position in WGS-84 Co-ordinates",
        signed("LAT", 32, 180 / 2**25, "deg"),
        signed("LON", 32, 180 / 2**25, "deg"),
    ),
    fixed(
        "100",
        "Calculated Track Position (Cartesian)",
        signed("X", 24, 0.5, "m"),
        signed("Y", 24, 0.5, "m"),
    ),
    fixed(
        "185",
        "Calculated Track Velocity (Cartesian)",
        signed("VX", 16, 1 / 4, "m/s"),
        signed("VY", 16, 1 / 4, "m/s"),
    ),
    fixed(
        "210",
        "Calculated Acceleration (Cartesian)",
        signed("AX", 8, 1 / 4, "m/s2"),
        signed("AY", 8, 1 / 4, "m/s2"),
    ),
    fixed("060", "Track Mode 3/A Code", *flags("V G", since=17), *flags("CH -"), octal("MODE3A")),
    fixed("245", "Target Identification", *flags("STI:2 -:6"), icao_text("CHR")),
    _AIRCRAFT,
    fixed("040", "Track Number", unsigned(VALUE, 16)),
    extended(
        "080",
        "Track Status",
        flags("MON SPI MRH SRC:3 CNF"),
        flags("SIM TSE TSB FPC AFF STP KOS"),
        flags("AMA MD4:2 ME MI MD5:2"),
        flags("CST PSR SSR MDS ADS SUC AAC"),
        flags("SDS:2 EMS:3 PFT FPLT"),
        (*flags("DUPT DUPF DUPM"), *flags("SFC IDD IEC", since=18), *flags("MLAT", since=20)),
        flags("M5I -:6", since=21),
    ),
    _UPDATE_AGES,
    fixed("200", "Mode of Movement", *flags("TRANS:2 LONG:2 VERT:2 ADF -")),
    _DATA_AGES,
    _number_signed("136", "Measured Flight Level", 16, 1 / 4, "FL"),
    _number_signed("130", "Calculated Track Geometric Altitude", 16, 6.25, "ft"),
    fixed(
        "135",
        "Calculated Track Barometric Altitude",
        *flags("QNH"),
        signed("CTB", 15, 1 / 4, "FL"),
    ),
    _number_signed("220", "Calculated Rate of Climb/Descent", 16, 6.25, "ft/min"),
    _FLIGHT_PLAN,
    extended(
        "270",
        "Target Size and Orientation",
        (unsigned("LENGTH", 7, 1.0, "m"),),
        (unsigned("ORIENTATION", 7, 360 / 2**7, "deg"),),
        (unsigned("WIDTH", 7, 1.0, "m"),),
    ),
    fixed("300", "Vehicle Fleet Identification", unsigned(VALUE, 8)),
    _MODE_5,
    fixed("120", "Track Mode 2 Code", spare(4), octal("MODE2")),
    chained("510", "Composed Track Number", unsigned("IDENT", 8), unsigned("TRACK", 15)),
    _ACCURACY,
    _MEASURED,
    *(None,) * 5,
    explicit("RE", "Reserved Expansion Field"),
    explicit("SP", "Special Purpose Field"),
)

CATEGORY = Category(
    62,
    "System Track Data",
    ("1.16", "1.17", "1.18", "1.19", "1.20", "1.21"),
    _ITEMS,
)
"""Every item of the user application profile."""
