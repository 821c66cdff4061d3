"""The report in a real browser, opened from its file."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import sync_playwright

from skypact.run.build import parse_treatments
from skypact.run.campaign import Request, prepare_campaign
from skypact.run.library import builtin_text, load
from skypact.run.report import write_report
from skypact.run.summary import summary_of
from tests.run.report_world import HOSTILE_NAME, hostile_manifest, record

READY = "html[data-ready=map]"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = record(tmp_path_factory.mktemp("page") / "run", hostile_manifest())
    return write_report(folder, summary_of(folder)).as_uri()


@pytest.fixture(scope="module")
def browser(chromium):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def opened(browser, address):
    """Opens the report; at the end nothing was fetched, nothing complained, no name ran as code."""
    contexts, requests, complaints = [], [], []

    def open_page(hash_="", url=address, **options):
        context = browser.new_context(viewport={"width": 1280, "height": 720}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: requests.append(request.url.partition("#")[0]))
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(url + hash_)
        page.wait_for_selector(READY)
        return page

    yield open_page
    assert complaints == []
    assert set(requests) <= {address, *(url for url in requests if url.startswith("file:") and "gulf" in url)}
    for context in contexts:
        for page in context.pages:
            assert page.evaluate("window.hacked") is None
        context.close()


def address_of(page):
    return page.evaluate("location.hash")


def drawn(page, side):
    """What a canvas shows, as the data of an image."""
    return page.evaluate("(id) => document.getElementById(id).toDataURL()", f"canvas-{side}")


def wait_for(page, answer):
    """Ask the page until it says yes (its policy forbids the eval behind `wait_for_function`)."""
    for _ in range(100):
        if page.evaluate(answer):
            return
        page.wait_for_timeout(50)
    pytest.fail(f"never true: {answer}")


def test_the_page_opens_without_a_fetch_or_a_complaint_and_names_stay_text(opened):
    page = opened()
    assert page.locator("h1").text_content() == "Two nations" + HOSTILE_NAME
    assert page.locator("tbody th").first.text_content() == "Aland" + HOSTILE_NAME
    assert page.locator("img").count() == 0
    assert "Exercise only." in page.inner_text(".banner")
    blank = page.evaluate(
        "() => { const c = document.createElement('canvas'); const of = panes.left.canvas;"
        "c.width = of.width; c.height = of.height; return c.toDataURL(); }"
    )
    assert drawn(page, "left") != blank


def test_what_the_policy_forbids_is_refused(opened, browser, address):
    page = browser.new_page()
    page.goto(address)
    page.wait_for_selector(READY)
    refused = page.evaluate("""() => new Promise((done) => {
        document.addEventListener('securitypolicyviolation', (event) => done(event.effectiveDirective));
        const script = document.createElement('script'); script.textContent = 'window.hacked = 1';
        document.body.append(script); })""")
    assert refused.startswith("script-src")
    assert page.evaluate("window.hacked") is None
    page.close()


def test_the_table_follows_the_metric_the_level_and_the_sorting(opened):
    page = opened()
    assert page.locator("#table thead th").count() == 4
    page.select_option("#metric", "leakers")
    assert "leakers" in page.inner_text("#table caption")
    assert page.inner_text("#meaning").startswith("Leakers: objects that reached")
    header = page.locator('#table th[data-column="pact"]')
    header.locator("button").click()
    assert header.get_attribute("aria-sort") == "descending"
    page.keyboard.press("Enter")
    assert header.get_attribute("aria-sort") == "ascending"
    page.click("text=One level, main metrics")
    page.select_option("#level", "today")
    assert "Main metrics at “today”" in page.inner_text("#table caption")
    assert page.locator("#table thead th").count() > 5
    assert {"metric=leakers", "view=level", "level=today"} <= set(address_of(page)[1:].split("&"))


def test_numbers_in_the_table_are_those_of_the_summary(opened):
    page = opened("#metric=warning_median_s")
    data = json.loads(page.locator("#data").text_content())
    for n, row in enumerate(data["entries"]["warning_median_s"]):
        for level, entry in enumerate(row):
            cell = page.locator("#table tbody tr, #table tfoot tr").nth(n).locator("td").nth(level)
            assert float(cell.locator(".value").inner_text()) == pytest.approx(entry[0], abs=0.5)


def test_headers_have_scopes_and_controls_have_names(opened):
    page = opened()
    assert page.locator("table th:not([scope])").count() == 0
    nameless = page.evaluate("""() => [...document.querySelectorAll('select, button, input')].filter((node) =>
        !node.labels?.length && !node.textContent.trim() && !node.getAttribute('aria-label')).map((node) => node.id)""")
    assert nameless == []
    assert page.locator("canvas[role=img]:not([aria-label])").count() == 0
    assert page.locator("svg[role=img]:not([aria-label])").count() == 0


def test_plots_mark_the_zero_line_the_band_and_every_nation(opened):
    page = opened("#metric=warning_median_s")
    figure = page.locator("#plot-differences svg")
    assert figure.locator(".zero").count() == 1
    assert float(figure.locator(".band").get_attribute("width")) > 0.0
    assert figure.locator("g").count() == 3 * 2
    assert page.locator("#plot-values svg g").count() == 3 * 3
    assert page.locator("#plot-warned svg").count() == 3


def test_the_slider_moves_the_raid_and_the_words_beside_it(opened):
    page = opened("#t=40")
    assert page.inner_text("#count-right") == (
        "Raid objects in the air: 2. Of these on the picture: 0, firm: 0. Tracks with no object within 5 km: 0."
    )
    before = drawn(page, "right")
    page.locator("#time").fill("200")
    assert page.inner_text("#clock") == "3:20"
    assert drawn(page, "right") != before
    assert "on the picture: 1, firm: 1" in page.inner_text("#count-right")
    assert "t=200" in address_of(page)
    page.locator("#time").fill("400")
    assert "kill (ballistic missile)" in page.inner_text("#events-right")
    assert "miss (ballistic missile)" in page.inner_text("#events-left")


def test_left_and_right_show_what_each_level_held_at_the_same_time(opened):
    page = opened("#t=80")
    assert "on the picture: 0" in page.inner_text("#count-left")
    assert "on the picture: 1" in page.inner_text("#count-right")
    page.select_option("#left", "truth")
    assert page.inner_text("#count-left") == "Raid objects in the air: 2."
    page.select_option("#nation", "BBB")
    assert page.inner_text("#title-right") == "Bland at “pact”"


def test_switches_change_what_is_drawn(opened):
    page = opened("#t=300")
    page.click("[data-zoom=all]")
    seen = [drawn(page, "left")]
    page.uncheck("#truth")
    seen.append(drawn(page, "left"))
    page.uncheck("#traffic")
    seen.append(drawn(page, "left"))
    page.select_option("#coverage", "all-limit")
    seen.append(drawn(page, "left"))
    assert len(set(seen)) == 4


def test_a_link_restores_the_view(opened):
    page = opened()
    page.select_option("#metric", "rounds")
    page.select_option("#nation", "BBB")
    page.select_option("#left", "national")
    page.locator("#time").fill("250")
    page.click("[data-zoom=in]")
    wait_for(page, "location.hash.includes('z=')")
    again = opened(address_of(page))
    for control in ("#metric", "#nation", "#left", "#right", "#time"):
        assert again.input_value(control) == page.input_value(control)
    assert drawn(again, "left") == drawn(page, "left")
    assert again.inner_text("#events-left") == page.inner_text("#events-left")


def test_the_map_answers_to_keys(opened):
    page = opened("#t=300")
    page.focus("#canvas-left")
    seen = [drawn(page, "left")]
    for key in ("ArrowLeft", "ArrowUp", "+", "-"):
        page.keyboard.press(key)
        seen.append(drawn(page, "left"))
    assert len(set(seen)) == 4
    assert seen[4] == seen[2]
    page.focus("#time")
    page.keyboard.press("ArrowRight")
    assert page.inner_text("#clock") == "5:01"


def test_play_runs_and_stops(opened):
    page = opened("#t=100&speed=120")
    page.click("#play")
    wait_for(page, "Number(document.getElementById('time').value) > 130")
    page.click("#play")
    stood = page.input_value("#time")
    page.wait_for_timeout(200)
    assert page.input_value("#time") == stood
    assert f"t={stood}" in address_of(page)


def test_a_mark_tells_what_it_is(opened):
    page = opened("#t=370")
    page.evaluate("panes.left.canvas.scrollIntoView({block: 'center'})")
    x, y = page.evaluate("panes.left.spots.find((spot) => spot.text().startsWith('Track')).at")
    box = page.locator("#canvas-left").bounding_box()
    page.mouse.move(box["x"] + x, box["y"] + y)
    assert "Track: taken for" in page.locator(".tip").first.inner_text()


@pytest.mark.parametrize(
    "hash_", ["#metric=none&level=x&nation=ZZZ&left=nowhere&t=abc&z=-1", "#%%%", "#results"]
)
def test_a_broken_link_opens_the_page_all_the_same(opened, hash_):
    page = opened(hash_)
    assert page.input_value("#metric") == "warning_median_s"
    assert page.input_value("#nation") == "AAA"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(opened, scheme):
    """WCAG 2.2, 1.4.3: a contrast of at least 4.5 for text."""
    page = opened(color_scheme=scheme)
    ratios = page.evaluate("""() => {
        const style = getComputedStyle(document.documentElement);
        const light = (name) => { const hex = style.getPropertyValue(name).trim().slice(1);
            const parts = [0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16) / 255)
                .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
            return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]; };
        const pairs = [['--ink', '--ground'], ['--soft', '--ground'], ['--soft', '--faint'], ['--accent', '--ground'],
            ['--better', '--better-ground'], ['--worse', '--worse-ground'], ['--warn-ink', '--warn-ground']];
        return pairs.map(([a, b]) => { const [x, y] = [light(a), light(b)].sort((p, q) => q - p);
            return [a, b, (x + 0.05) / (y + 0.05)]; }); }""")
    assert [pair for pair in ratios if pair[2] < 4.5] == []


@pytest.mark.parametrize("width", [360, 1280, 1920])
def test_the_page_is_never_wider_than_the_window(opened, width):
    page = opened()
    page.set_viewport_size({"width": width, "height": 720})
    page.wait_for_timeout(100)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_printed_page_leaves_out_the_controls(opened):
    page = opened()
    page.emulate_media(media="print")
    assert not page.locator(".controls").first.is_visible()
    assert page.locator("#table table").is_visible()
    assert page.locator(".banner").is_visible()


def test_a_built_in_scenario_shows_its_levels_and_coverage(opened, tmp_path):
    loaded = load("gulf-small")
    request = Request(loaded, 2, 1, ("national", "today", "pact"), parse_treatments(()), 1, tmp_path / "gulf")
    _, manifest = prepare_campaign(request)
    folder = record(tmp_path / "gulf", manifest, builtin_text("gulf-small"))
    page = opened("#cover=own-low", write_report(folder, summary_of(folder)).as_uri())
    assert page.locator("#coverage option").count() == 6
    assert "Releases, line by line" in page.inner_text("#definitions")
    low = drawn(page, "left")
    page.select_option("#coverage", "own-high")
    assert drawn(page, "left") != low
