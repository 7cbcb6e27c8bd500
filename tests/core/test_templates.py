"""All templates of the product keep to the content security policy, and draw no icon that is not shipped."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.template import Engine

TEMPLATES = Path(settings.ROOT) / "templates"
PAGES = sorted(path for path in TEMPLATES.rglob("*.html") if "email" not in path.parts and "mail" not in path.parts)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(TEMPLATES)))
def test_a_template_has_no_inline_styles_scripts_or_handlers(page):
    text = page.read_text()

    assert re.findall(r"<style|\sstyle=|\son[a-z]+=|hx-on|javascript:", text) == []
    assert all("src=" in tag or 'type="application/json"' in tag for tag in re.findall(r"<script[^>]*>", text))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(TEMPLATES)))
def test_a_template_can_be_read_and_finds_what_it_includes(page):
    engine = Engine.get_default()
    template = engine.get_template(str(page.relative_to(TEMPLATES)))

    for name in re.findall(r'{% (?:include|extends) "([^"]+)"', template.source):
        engine.get_template(name)
