"""A strict reader of JUnit XML: the elements, attributes and types of Jenkins' schema (junit-10.xsd), and the sums."""

from pathlib import Path
from xml.etree import ElementTree

COUNT = ("tests", "failures", "errors", "skipped", "line")
ALLOWED = {
    "testsuites": ({"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": ({"name", "tests", "failures", "errors", "skipped", "time"}, {"properties", "testcase"}),
    "properties": (set(), {"property"}),
    "property": ({"name", "value"}, set()),
    "testcase": ({"name", "classname", "file", "line", "time"}, {"failure", "error"}),
    "failure": ({"type", "message"}, set()),
    "error": ({"type", "message"}, set()),
}


def read_strictly(file: Path) -> ElementTree.Element:
    """The root of a report that has nothing but what the schema knows, and whose counts and times add up."""
    root = ElementTree.fromstring(file.read_bytes())
    assert root.tag == "testsuites"
    _look_at(root)
    for whole in (root, *root):
        cases = whole.findall(".//testcase")
        assert int(whole.attrib["tests"]) == len(cases)
        assert int(whole.attrib["failures"]) == len(whole.findall(".//failure"))
        assert int(whole.attrib["errors"]) == len(whole.findall(".//error"))
        assert abs(float(whole.attrib["time"]) - sum(float(case.attrib["time"]) for case in cases)) < 0.001
    return root


def _look_at(element: ElementTree.Element) -> None:
    attributes, children = ALLOWED[element.tag]
    assert set(element.attrib) == attributes, element.tag
    assert {child.tag for child in element} <= children, element.tag
    assert element.tag in ("failure", "error") or not (element.text or "").strip()
    for name in COUNT:
        assert name not in element.attrib or element.attrib[name].isdecimal()
    assert "time" not in element.attrib or float(element.attrib["time"]) >= 0
    if element.tag == "testsuite":
        assert element[0].tag == "properties"
    for child in element:
        _look_at(child)
