"""Failures of the standard interface: 1C's internal codes with the HTTP status each is told with."""

from enum import IntEnum


class Code(IntEnum):
    """Internal codes of the platform; where sources give only the code, the status is our choice."""

    INTERNAL = -1
    NOT_SUPPORTED = 0
    CANNOT_PARSE = 1
    BAD_REQUEST = 2
    REPRESENTATION = 3
    BAD_VALUE = 4
    PROPERTY_REQUIRED = 5
    BAD_URL = 6
    KEY_MISSING = 7
    NO_ENTITY_TYPE = 8
    NO_INSTANCE = 9
    NO_PROPERTY = 10
    NO_METHOD = 11
    ARGUMENT_MISSING = 12
    ROWS_ALONE = 13
    BAD_OPTION = 14
    ALREADY_EXISTS = 15
    ASSIGNMENT = 16
    LOAD_MODE = 17
    TWICE = 18
    METHOD_FORBIDDEN = 19
    NO_RIGHTS = 20
    FUNCTION_FAILED = 21


_STATUS = {
    Code.INTERNAL: 500,
    Code.NOT_SUPPORTED: 501,
    Code.REPRESENTATION: 406,
    Code.BAD_URL: 404,
    Code.NO_ENTITY_TYPE: 404,
    Code.NO_INSTANCE: 404,
    Code.METHOD_FORBIDDEN: 405,
    Code.NO_RIGHTS: 403,
    Code.FUNCTION_FAILED: 500,
}
_USUAL_STATUS = 400
_CHANGED_STATUS = 412


class ODataError(Exception):
    """A failure with its code, its status and a message for people."""

    def __init__(self, code: Code, message: str, status: int | None = None) -> None:
        """Take the code's usual status unless another is named."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = _STATUS.get(code, _USUAL_STATUS) if status is None else status


def no_property(name: str, owner: str) -> ODataError:
    """A property that the type does not have."""
    return ODataError(Code.NO_PROPERTY, f"Свойство {name} не найдено в типе {owner}")


def bad_option(name: str, reason: str) -> ODataError:
    """A query option that cannot be read."""
    return ODataError(Code.BAD_OPTION, f"Ошибка при разборе опции запроса {name}: {reason}")


def label_differs() -> ODataError:
    """`If-Match` does not name the present DataVersion."""
    return ODataError(Code.INTERNAL, "Версия данных объекта изменилась", _CHANGED_STATUS)
