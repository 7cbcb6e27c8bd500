import resource, gc, logging, tracemalloc
from types import SimpleNamespace
from core import pdf
from tests.cast import NOON, STOCKHOLM
from tests.core.test_pdf import PROVIDER, drawn
def test_t(drawn):
    logging.disable(logging.ERROR)
    body="<table>"+"<tr><td>Row {{ n }}</td><td>12</td></tr>"*20+"</table>"
    drawn(body)
    go=lambda n: pdf.render(template="said.html", context={"provider": PROVIDER, "n": n}, language="en", zone=STOCKHOLM, at=NOON)
    go(0)
    from django.conf import settings
    sheet, fonts = pdf._style(pdf.Path(settings.STATICFILES_DIRS[0]).resolve())
    m=[]; 
    for i in range(201):
        go(i)
        if i==20: tracemalloc.start(5); a=tracemalloc.take_snapshot()
        if i%50==0: gc.collect(); m.append((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss//1024, len(fonts.strut_layouts), len(fonts.font_features), len(gc.get_objects())))
    b=tracemalloc.take_snapshot()
    print(m)
    for s in b.compare_to(a,"traceback")[:4]:
        print(s); [print("   ",l) for l in s.traceback.format()[-6:]]
    logging.disable(logging.NOTSET)
