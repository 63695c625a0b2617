"""Typical test figures by viscosity class (SAE J300, SAE J306, ISO VG, NLGI) and by base stock.

Middle of the range of each class, so that a lubricants engineer finds no figure outside its limits.
"""

from msgspec import Struct


class Typical(Struct, frozen=True):
    """Kinematic viscosity in mm2/s, temperatures in °C, density in kg/l at 20 °C."""

    v40: str
    v100: str
    vi: int
    flash: int
    pour: int
    density: str


J300 = {
    "0W-16": Typical("35.0", "7.1", 169, 222, -48, "0.8380"),
    "0W-20": Typical("44.5", "8.5", 173, 224, -48, "0.8400"),
    "5W-20": Typical("48.5", "8.6", 157, 226, -42, "0.8450"),
    "0W-30": Typical("64.0", "11.8", 182, 226, -46, "0.8420"),
    "5W-30": Typical("68.5", "11.6", 165, 228, -42, "0.8480"),
    "10W-30": Typical("74.0", "11.3", 146, 228, -36, "0.8610"),
    "0W-40": Typical("76.0", "13.8", 186, 228, -46, "0.8430"),
    "5W-40": Typical("85.5", "14.2", 172, 230, -41, "0.8500"),
    "10W-40": Typical("96.0", "14.4", 155, 230, -35, "0.8630"),
    "15W-40": Typical("109.0", "14.6", 137, 232, -31, "0.8740"),
    "20W-40": Typical("125.0", "14.9", 121, 234, -26, "0.8800"),
    "5W-50": Typical("112.0", "18.3", 183, 232, -40, "0.8530"),
    "15W-50": Typical("128.0", "18.0", 157, 234, -32, "0.8700"),
    "20W-50": Typical("165.0", "18.6", 127, 236, -25, "0.8820"),
    "10W-60": Typical("160.0", "23.2", 174, 236, -37, "0.8560"),
    "10W": Typical("40.0", "6.3", 106, 218, -33, "0.8700"),
    "20": Typical("62.0", "8.3", 104, 222, -27, "0.8780"),
    "30": Typical("98.0", "11.2", 99, 230, -20, "0.8830"),
    "40": Typical("142.0", "14.4", 98, 238, -17, "0.8880"),
    "50": Typical("215.0", "18.9", 98, 246, -13, "0.8930"),
}
J306 = {
    "75W-80": Typical("51.0", "9.6", 176, 208, -48, "0.8600"),
    "75W-85": Typical("66.0", "12.1", 184, 208, -47, "0.8630"),
    "75W-90": Typical("102.0", "15.2", 157, 206, -45, "0.8680"),
    "75W-140": Typical("183.0", "25.3", 171, 208, -42, "0.8750"),
    "80W": Typical("84.0", "9.2", 83, 204, -32, "0.8850"),
    "80W-85": Typical("112.0", "12.3", 101, 208, -30, "0.8870"),
    "80W-90": Typical("138.0", "14.6", 105, 212, -29, "0.8900"),
    "85W-90": Typical("186.0", "17.1", 98, 216, -20, "0.8960"),
    "85W-140": Typical("340.0", "26.5", 100, 222, -14, "0.9040"),
}
ISO_VG = {
    "10": Typical("10.0", "2.6", 92, 158, -36, "0.8450"),
    "15": Typical("15.0", "3.4", 98, 172, -33, "0.8540"),
    "22": Typical("22.0", "4.4", 99, 188, -32, "0.8600"),
    "32": Typical("32.0", "5.4", 101, 212, -30, "0.8670"),
    "46": Typical("46.0", "6.8", 100, 224, -28, "0.8730"),
    "68": Typical("68.0", "8.7", 99, 232, -26, "0.8780"),
    "100": Typical("100.0", "11.2", 97, 240, -22, "0.8830"),
    "150": Typical("150.0", "14.6", 96, 246, -18, "0.8880"),
    "220": Typical("220.0", "18.9", 96, 252, -15, "0.8920"),
    "320": Typical("320.0", "24.1", 96, 258, -12, "0.8960"),
    "460": Typical("460.0", "30.6", 96, 262, -10, "0.9000"),
    "680": Typical("680.0", "38.5", 94, 266, -8, "0.9060"),
    "1000": Typical("1000.0", "49.0", 92, 270, -5, "0.9120"),
}
# High-index and synthetic oils of the same grade: hotter viscosity, colder pour point.
ISO_VG_HIGH = {
    "15": Typical("15.0", "3.9", 156, 176, -54, "0.8480"),
    "22": Typical("22.0", "5.1", 168, 186, -51, "0.8540"),
    "32": Typical("32.0", "6.4", 154, 214, -45, "0.8620"),
    "46": Typical("46.0", "8.2", 153, 224, -42, "0.8680"),
    "68": Typical("68.0", "10.9", 151, 230, -39, "0.8740"),
    "100": Typical("100.0", "14.2", 145, 238, -36, "0.8790"),
    "150": Typical("150.0", "19.4", 148, 244, -42, "0.8520"),
    "220": Typical("220.0", "26.1", 151, 248, -41, "0.8550"),
    "320": Typical("320.0", "34.8", 154, 252, -39, "0.8580"),
    "460": Typical("460.0", "46.0", 157, 256, -36, "0.8600"),
    "680": Typical("680.0", "62.4", 160, 260, -33, "0.8630"),
}
# Worked penetration in 0.1 mm (ASTM D217), the middle of each NLGI range.
NLGI = {"000": "460", "00": "415", "0": "370", "1": "325", "2": "280", "3": "235"}

HIGH_BASES = frozenset({"hv", "syn", "pao", "pag"})


def typical(system: str, value: str, base: str) -> Typical | None:
    """Look up the figures of a class; None where the class has no viscosity (greases, fluids)."""
    if system == "SAE J300":
        return J300[value]
    if system == "SAE J306":
        return J306[value]
    if system == "ISO VG":
        return ISO_VG_HIGH[value] if base in HIGH_BASES else ISO_VG[value]
    return None
