"""Orders as objects people hear about: who may see one is asked at the moment of telling."""

from typing import Final

from app.access.subjects import Subject
from app.orders.queries.told import read_facts

SUBJECTS: Final = [Subject(kind="order", resource="order", facts=read_facts)]
