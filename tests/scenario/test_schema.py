import json
import re

from skypact.model.quantity import written_pattern
from skypact.scenario import json_schema
from tests.scenario.conftest import DATA

WRITE = "json.dumps(skypact.scenario.json_schema(), indent=2, ensure_ascii=False) + newline"


def test_the_schema_file_for_editors_is_up_to_date():
    written = (DATA / "scenario.schema.json").read_text("utf-8")
    assert written == json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n", WRITE


def test_every_object_of_the_schema_refuses_unknown_keys():
    schema = json_schema()
    for part in (schema, *schema["$defs"].values()):
        assert part["additionalProperties"] is False


def test_defaults_in_the_schema_fit_their_own_patterns():
    settings = json_schema()["$defs"]["SettingsEntry"]["properties"]
    for name in ("lead_in", "tail", "picture_period", "message_period", "snapshot_period"):
        assert re.search(settings[name]["pattern"], settings[name]["default"])
    assert settings["lead_in"]["pattern"] == written_pattern("time")


def test_a_file_that_extends_another_needs_only_a_name_and_a_title():
    schema = json_schema()
    assert schema["required"] == ["name", "title"]
    assert {"places", "sensors", "policy"} <= set(schema["then"]["required"])
