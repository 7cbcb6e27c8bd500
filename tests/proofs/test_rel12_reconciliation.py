"""REL12."""
import time
import pytest
from credits.audit import audit
from tests.cast import a_provider
from tests.proofs.books import Books
from tests.proofs.sizes import SIZE, say
pytestmark = pytest.mark.django_db

def test_books(cast):
    t=time.time()
    books = Books(cast, entries=SIZE.entries)
    t2=time.time()
    report = audit()
    say("REL12", copies=books.copies, built=t2-t, audited=time.time()-t2, **{k.replace(" ","_").replace("-","_"): v for k,v in report.figures.items()})
    assert report.findings == []
