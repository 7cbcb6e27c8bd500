"""Further rules of an operator's, for tests: one rule in Schematron, or compiled already."""

from pathlib import Path

FATAL, WARNING = "fatal", "warning"
SCHEMATRON = """<schema xmlns="http://purl.oclc.org/dsdl/schematron" queryBinding="xslt2">
  <title>Of this operator</title>
  <ns prefix="cbc" uri="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"/>
  <pattern><rule context="cbc:DocumentCurrencyCode">
    <assert id="{name}" test="{test}" flag="{flag}">[{name}]-In <value-of select="."/> nobody pays here.</assert>
  </rule></pattern>
</schema>"""
COMPILED = """<xsl:stylesheet version="3.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:svrl="http://purl.oclc.org/dsdl/svrl">
<xsl:template match="/"><svrl:schematron-output><svrl:fired-rule context="/"/>{found}</svrl:schematron-output></xsl:template>
</xsl:stylesheet>"""
FOUND = '<svrl:failed-assert id="{name}" flag="{flag}" location="/x"><svrl:text>Not here.</svrl:text></svrl:failed-assert>'


def a_rule(folder: Path, name: str = "OWN-1", *, test: str = ". = 'EUR'", flag: str = FATAL) -> Path:
    """The folder, with a rule in Schematron: that the currency is euro, or something else that holds of a currency."""
    (folder / f"{name}.sch").write_text(SCHEMATRON.format(name=name, test=test, flag=flag))
    return folder


def a_compiled_rule(folder: Path, name: str = "OWN-2", *, ending: str = "xsl", found: str = FOUND, flag: str = FATAL) -> Path:
    """The folder, with a compiled rule that every document breaks, unless nothing is `found`."""
    (folder / f"{name}.{ending}").write_text(COMPILED.format(found=found.format(name=name, flag=flag)))
    return folder
