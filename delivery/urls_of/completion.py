"""Addresses of what is done, and accepted."""

from django.urls import URLPattern, path

from delivery.views import desk_done, desk_reports, portal_done

DESK: list[URLPattern] = [
    path("delivery/<int:task_id>/done/", desk_done.done, name="desk-delivery-done"),
    path("delivery/<int:task_id>/answer/", desk_done.record, name="desk-delivery-record"),
    path("delivery/<int:task_id>/service/", desk_done.service, name="desk-delivery-service"),
    path("delivery/faults/<int:fault_id>/", desk_done.fault, name="desk-delivery-fault"),
    path("delivery/milestones/<int:milestone_id>/", desk_done.milestone, name="desk-delivery-milestone"),
    path("delivery/reports/", desk_reports.reports, name="desk-delivery-reports"),
    path("delivery/reports/workbook/", desk_reports.workbook, name="desk-delivery-reports-xlsx"),
    path("delivery/reports/<slug:table>/", desk_reports.text, name="desk-delivery-reports-csv"),
]
PORTAL: list[URLPattern] = [
    path("delivery/<int:task_id>/completion/", portal_done.accept, name="delivery-completion"),
    path("delivery/<int:task_id>/completion/faults/", portal_done.faults, name="delivery-completion-faults"),
]
