"""Which publications answers are given from: those that have taken effect, of the programmes in force."""

from goodstanding.registry.database.schema import programmes, publications

IN_EFFECT = publications.c.log_index.is_not(None)
# Publications of the programmes in force: from no other anybody is answered.
OF_PROGRAMME_IN_FORCE = (
    (programmes.c.name == publications.c.programme)
    & (programmes.c.digest == publications.c.digest)
    & (programmes.c.state == "published")
)
