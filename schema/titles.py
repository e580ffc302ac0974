"""Titles: what people read, in both languages side by side."""

from __future__ import annotations

import strawberry

from graph_service.policy.schemes import Title as KeptTitle


@strawberry.type
class Title:
    """What people read, in English and in Chinese."""

    en: str = strawberry.field(description="In English.")
    zh: str = strawberry.field(description="In Chinese.")


def titled(title: KeptTitle) -> Title:
    """Give a title as it is answered."""
    return Title(en=title.en, zh=title.zh)
