"""Rule test results as JUnit XML, for CI systems that show tests."""

from collections.abc import Sequence
from xml.etree import ElementTree

from leadrelay.act.trial import TestResult


def as_junit(results: Sequence[TestResult]) -> str:
    """One test suite per file; a failed test carries its differences."""
    root = ElementTree.Element("testsuites")
    suites: dict[str, ElementTree.Element] = {}
    for one in results:
        suite = suites.get(one.test.place.file)
        if suite is None:
            suite = suites[one.test.place.file] = ElementTree.SubElement(root, "testsuite", name=one.test.place.file)
        case = ElementTree.SubElement(
            suite, "testcase", name=one.test.name, classname=one.test.place.file, line=str(one.test.place.line)
        )
        if not one.passed:
            failure = ElementTree.SubElement(case, "failure", message=f"{len(one.differences)} difference(s)")
            failure.text = "\n".join(one.differences)
    for name, suite in suites.items():
        own = [one for one in results if one.test.place.file == name]
        suite.set("tests", str(len(own)))
        suite.set("failures", str(sum(not one.passed for one in own)))
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"
