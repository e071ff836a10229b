"""Rule test results as JUnit XML, as CI systems read it: suites per file, times, properties, failures with their place.

Attributes and elements are those that Jenkins, GitLab and GitHub's readers share (the schema `junit-10` of Jenkins).
"""

import re
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from itertools import groupby
from xml.etree.ElementTree import Element, SubElement, tostring

from leadrelay.act.trial import TestResult
from leadrelay.rulebook.problem import Problem

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot say, not even escaped."""


def as_junit(results: Sequence[TestResult]) -> str:
    """One suite per file; a test that failed carries its differences and where it stands. Times are in seconds."""
    root = _root()
    for file, group in groupby(sorted(results, key=lambda one: one.test.place.file), lambda one: one.test.place.file):
        suite = _suite(root, file)
        for one in group:
            seconds = f"{one.seconds:.6f}"
            case = _case(suite, one.test.name, file, one.test.place.line, seconds)
            if not one.passed:
                count = len(one.differences)
                failure = SubElement(case, "failure", type="difference")
                failure.set("message", clean(one.differences[0] if count == 1 else f"{count} differences"))
                failure.text = clean("\n".join((f"{one.test.place}: {one.test.name}", *one.differences)))
    return _finished(root)


def faults_as_junit(faults: Iterable[Problem]) -> str:
    """Faults in the rules, which keep the tests from running, as errors of one suite."""
    root = _root()
    suite = _suite(root, "leadrelay check")
    for one in faults:
        case = _case(suite, f"{one.code} at {one.place}", one.place.file, one.place.line, "0")
        error = SubElement(case, "error", type=clean(one.code), message=clean(one.message))
        error.text = clean(f"{one.place}: {one.message}\n{one.remedy}")
    return _finished(root)


def clean(text: str) -> str:
    """Text with a sign in the place of every character that XML forbids."""
    return _FORBIDDEN.sub("\ufffd", text)


def _root() -> Element:
    return Element("testsuites", name="leadrelay")


def _suite(root: Element, name: str) -> Element:
    suite = SubElement(root, "testsuite", name=clean(name))
    properties = SubElement(suite, "properties")
    SubElement(properties, "property", name="leadrelay", value=version("leadrelay"))
    SubElement(properties, "property", name="file", value=clean(name))
    return suite


def _case(suite: Element, name: str, file: str, line: int, seconds: str) -> Element:
    classname = clean(file.removesuffix(".yaml").replace("/", "."))
    return SubElement(
        suite, "testcase", name=clean(name), classname=classname, file=clean(file), line=str(line), time=seconds
    )


def _finished(root: Element) -> str:
    """The document, with the counts and times that its parts add up to."""
    for whole in (*root.findall("testsuite"), root):
        cases = whole.findall(".//testcase")
        whole.set("tests", str(len(cases)))
        whole.set("failures", str(sum(case.find("failure") is not None for case in cases)))
        whole.set("errors", str(sum(case.find("error") is not None for case in cases)))
        whole.set("time", f"{sum(float(case.get('time', '0')) for case in cases):.6f}")
        if whole is not root:
            whole.set("skipped", "0")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"
