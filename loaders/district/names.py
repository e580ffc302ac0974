"""Names: made up of common surnames and characters, and of places that do not exist."""

from __future__ import annotations

from itertools import accumulate

from loaders.district.dice import Dice

#: In the order of how common they are; the weight falls with the place.
_SURNAMES: tuple[str, ...] = (
    *"王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范",
    *"方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文丛毕鞠隋慕宫",
    "欧阳",
    "司马",
    "诸葛",
    "上官",
)
_SURNAME_REACHES = tuple(accumulate(1_200 // (place + 6) + 1 for place in range(len(_SURNAMES))))

_OF_OLD = "国建军志明德福海永春秀英兰桂玉凤芳荣华珍庆林成文义仁传学广金喜振立延希廷新宝树"
_OF_TODAY = "浩宇轩子涵梓萱雨欣怡晨思睿嘉诺一辰佳瑶诗琪俊熙语桐乐安可心宁若溪奕铭书航然博悦彤昊知远沐清"
#: Born before this, a name is of old.
_TODAY_SINCE = 1990

_BEFORE = "青柳松石白云清龙凤梧桐翠明泉杏枫竹桃东南西北上下大小长高双前后"
_BEHIND = "河溪岭湾泊滩沟泉坡坪桥埠屯崖峪港浦畔坞墩"
_TRADES = ("机械", "食品", "纺织", "建材", "水产", "电子", "包装", "物流", "果品", "汽车零部件", "船舶配件", "环保")
_SHOPS = (
    "便利店",
    "面馆",
    "理发店",
    "药房",
    "文具店",
    "鲜果店",
    "五金店",
    "早餐铺",
    "茶庄",
    "裁缝铺",
    "海鲜馆",
    "书店",
)
_GOOD_WORDS = "信诚和润恒丰兴达泰昌瑞祥隆盛源通远宏鑫顺"


def surname(dice: Dice) -> str:
    """Draw a surname, the common ones often."""
    return dice.weighed(_SURNAMES, _SURNAME_REACHES)


def given(dice: Dice, born_in: int) -> str:
    """Draw a given name of one or two characters, as they were in fashion."""
    marks = _OF_OLD if born_in < _TODAY_SINCE else _OF_TODAY
    one = dice.pick(marks)
    return one if dice.chance(180) else one + dice.pick(marks)


def place(dice: Dice) -> str:
    """Draw the name of a place."""
    return dice.pick(_BEFORE) + dice.pick(_BEHIND)


def village(dice: Dice) -> str:
    """Draw the name of a village: after its families or after the land."""
    return f"{surname(dice)}家{dice.pick(_BEHIND)}村" if dice.chance(450) else f"{place(dice)}村"


def firm(dice: Dice, where: str) -> str:
    """Draw the name of an enterprise of a place."""
    return f"{where}{_good(dice)}{dice.pick(_TRADES)}有限公司"


def shop(dice: Dice) -> str:
    """Draw the name of a merchant."""
    return f"{_good(dice)}{dice.pick(_SHOPS)}"


def group(dice: Dice) -> str:
    """Draw the name of a study group."""
    return f"{dice.pick(_GOOD_WORDS)}{dice.pick('星苗帆翼光桥林火')}小组"


def _good(dice: Dice) -> str:
    one = dice.pick(_GOOD_WORDS)
    return one + dice.pick(_GOOD_WORDS.replace(one, ""))
