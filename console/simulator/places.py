"""Places along the corridors, with UN/LOCODE where the 2024 edition has one, else a local facility code."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """A place that trains call at or boxes go to."""

    name: str
    code: str


SITE = Place("Chongqing Tuanjiecun", "CNCQI")
TIMEZONE = "Asia/Shanghai"
UTC_OFFSET_H = 8  # the whole country, all year

QINZHOU = Place("Qinzhou", "CNQZH")
NANNING = Place("Nanning", "CNNIN")
GUIYANG = Place("Guiyang", "CNGYA")
KUNMING = Place("Kunming", "CNKNM")
MOHAN = Place("Mohan", "CNMHN")
BOTEN = Place("Boten", "LABTN")
VIENTIANE = Place("Vientiane", "LAVTE")
LANZHOU = Place("Lanzhou", "CNLAZ")
ALASHANKOU = Place("Alashankou", "CNAKL")
MANZHOULI = Place("Manzhouli", "CNMLX")
ZABAIKALSK = Place("Zabaikalsk", "RUZBK")
ALMATY = Place("Almaty", "KZALA")
MOSCOW = Place("Moscow", "RUMOW")
BREST = Place("Brest", "BYBQT")
MALASZEWICZE = Place("Malaszewicze", "PLMAA")
DUISBURG = Place("Duisburg", "DEDUI")
XIUSHAN = Place("Xiushan", "CQ-XIUSHAN")
JIANGJIN = Place("Jiangjin", "CNJGJ")

ROAD_EXITS = ("Pingxiang", "Mohan", "Ruili", "Horgos")
