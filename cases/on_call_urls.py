"""Pages about who is on call, pages to them, and inner teams, under `desk/`."""

from django.urls import path

from cases.views import on_call, pages

urlpatterns = [
    path("on-call/", on_call.overview, name="desk-on-call"),
    path("on-call/new/", on_call.new, name="desk-rota-new"),
    path("on-call/<int:rota_id>/", on_call.rota, name="desk-rota"),
    path("on-call/<int:rota_id>/arrangement/", on_call.arrange, name="desk-rota-arrange"),
    path("on-call/<int:rota_id>/members/", on_call.members, name="desk-rota-members"),
    path("on-call/<int:rota_id>/webhook/", on_call.webhook, name="desk-rota-webhook"),
    path("on-call/<int:rota_id>/webhook/secret/", on_call.secret, name="desk-rota-secret"),
    path("on-call/<int:rota_id>/change/", on_call.change, name="desk-turn-change"),
    path("on-call/changes/<int:swap_id>/taking-back/", on_call.take_back, name="desk-turn-take-back"),
    path("pages/<int:page_id>/", pages.page, name="desk-page"),
    path("pages/<int:page_id>/acknowledgement/", pages.acknowledge, name="desk-page-acknowledge"),
    path("cases/<int:case_id>/team/", pages.team, name="desk-case-team"),
    path("cases/<int:case_id>/team/taking-back/", pages.team_back, name="desk-case-team-back"),
]
