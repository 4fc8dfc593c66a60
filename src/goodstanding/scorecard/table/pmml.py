"""A points table as a PMML 4.4 Scorecard model.

The first attribute whose predicate is true gives the points: missing, special values, ranges from below, then all else.
"""

from xml.etree.ElementTree import Element, SubElement, indent, register_namespace, tostring

from goodstanding.scorecard.table.column_names import free_name
from goodstanding.scorecard.table.points_table import Attribute, Characteristic, Cross, PointsTable
from goodstanding.scorecard.table.reasons import MOST_REASONS

_SPACE = "http://www.dmg.org/PMML-4_4"


def table_pmml(table: PointsTable, program: str) -> str:
    """The model as XML text: `total` before and `score` after it is held inside the range, `reason1` to `reason4`.

    An output that is named as a characteristic has `card_` before its name.
    """
    register_namespace("", _SPACE)
    root = Element("PMML", {"xmlns": _SPACE, "version": "4.4"})
    SubElement(SubElement(root, "Header"), "Application", {"name": program})
    fields = SubElement(root, "DataDictionary")
    for characteristic in table.characteristics:
        # No values are listed: a level never seen is then one of the other levels and not an error.
        kind = ("categorical", "string") if characteristic.named else ("continuous", "double")
        SubElement(fields, "DataField", {"name": characteristic.name, "optype": kind[0], "dataType": kind[1]})
    model = SubElement(
        root,
        "Scorecard",
        {
            "functionName": "regression",
            "initialScore": str(table.base),
            "useReasonCodes": "true",
            "reasonCodeAlgorithm": "pointsBelow",
            "baselineMethod": "max",
        },
    )
    schema = SubElement(model, "MiningSchema")
    for characteristic in table.characteristics:
        SubElement(schema, "MiningField", {"name": characteristic.name, "invalidValueTreatment": "asIs"})
    _output(model, table)
    parts = SubElement(model, "Characteristics")
    for characteristic in table.characteristics:
        _characteristic(parts, characteristic)
    by_name = {characteristic.name: characteristic for characteristic in table.characteristics}
    for cross in table.crosses:
        _cross(parts, cross, by_name[cross.row], by_name[cross.column])
    indent(root, " ")
    return tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _output(model: Element, table: PointsTable) -> None:
    output, fields = SubElement(model, "Output"), [characteristic.name for characteristic in table.characteristics]
    total = free_name("total", fields)
    SubElement(
        output,
        "OutputField",
        {"name": total, "optype": "continuous", "dataType": "double", "feature": "predictedValue"},
    )
    score = SubElement(
        output,
        "OutputField",
        {
            "name": free_name("score", fields),
            "optype": "continuous",
            "dataType": "integer",
            "feature": "transformedValue",
        },
    )
    within = score
    for function, bound in zip(("max", "min"), table.range, strict=True):
        within = SubElement(within, "Apply", {"function": function})
        SubElement(within, "Constant", {"dataType": "integer"}).text = str(bound)
    SubElement(SubElement(within, "Apply", {"function": "round"}), "FieldRef", {"field": total})
    for rank in range(1, MOST_REASONS + 1):
        SubElement(
            output,
            "OutputField",
            {
                "name": free_name(f"reason{rank}", fields),
                "optype": "categorical",
                "dataType": "string",
                "feature": "reasonCode",
                "rank": str(rank),
            },
        )


def _part(parts: Element, name: str, greatest: int) -> Element:
    return SubElement(parts, "Characteristic", {"name": name, "reasonCode": name, "baselineScore": str(greatest)})


def _characteristic(parts: Element, characteristic: Characteristic) -> None:
    attributes = characteristic.all_attributes
    part = _part(parts, characteristic.name, max(attribute.points for attribute in attributes))
    for number, attribute in enumerate(attributes):
        if _empty(characteristic, number):
            continue
        within = SubElement(part, "Attribute", {"partialScore": str(attribute.points)})
        _predicate(within, characteristic, number)


def _cross(parts: Element, cross: Cross, row: Characteristic, column: Characteristic) -> None:
    part = _part(parts, cross.name, max(cell for line in cross.points for cell in line))
    for i, line in enumerate(cross.points):
        for j, points in enumerate(line):
            if _empty(row, i) or _empty(column, j):
                continue
            within = SubElement(part, "Attribute", {"partialScore": str(points)})
            # A true part as the last of a characteristic's own list is true of all: earlier cells are looked at first.
            both = SubElement(within, "CompoundPredicate", {"booleanOperator": "and"})
            _predicate(both, row, i)
            _predicate(both, column, j)


def _empty(characteristic: Characteristic, number: int) -> bool:
    """Whether an attribute of levels names none (the last one, for all others, names none and is not empty)."""
    attribute = characteristic.all_attributes[number]
    last = len(characteristic.all_attributes) - 1
    return characteristic.named and 0 < number < last and not attribute.levels


def _predicate(within: Element, characteristic: Characteristic, number: int) -> None:
    """What is true of the attribute, given that it is of no earlier one."""
    attributes, field = characteristic.all_attributes, characteristic.name
    if number == 0:
        SubElement(within, "SimplePredicate", {"field": field, "operator": "isMissing"})
    elif attributes[number].levels:
        _levels(within, field, attributes[number])
    elif number == len(attributes) - 1:
        SubElement(within, "True")
    else:
        SubElement(
            within,
            "SimplePredicate",
            {"field": field, "operator": "lessThan", "value": repr(attributes[number + 1].least)},
        )


def _levels(within: Element, field: str, attribute: Attribute) -> None:
    """Equal to any of the levels; one predicate each, since a set's text cannot quote every level."""
    levels = attribute.levels or ()
    if len(levels) > 1:
        within = SubElement(within, "CompoundPredicate", {"booleanOperator": "or"})
    for level in levels:
        text = level if isinstance(level, str) else repr(level)
        SubElement(within, "SimplePredicate", {"field": field, "operator": "equal", "value": text})
