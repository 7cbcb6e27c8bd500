"""Addresses of tasks and of the work on them."""

from django.urls import URLPattern, path

from delivery.views import desk_new, desk_task, desk_work, portal_task

DESK: list[URLPattern] = [
    path("delivery/", desk_task.board_page, name="desk-delivery"),
    path("delivery/new/", desk_new.new, name="desk-delivery-new"),
    path("delivery/closed/", desk_task.closed, name="desk-delivery-closed"),
    path("delivery/<int:task_id>/", desk_task.task, name="desk-delivery-task"),
    path("delivery/<int:task_id>/beginning/", desk_work.begin, name="desk-delivery-begin"),
    path("delivery/<int:task_id>/putting-back/", desk_work.put_back, name="desk-delivery-put-back"),
    path("delivery/<int:task_id>/withdrawal/", desk_work.withdraw, name="desk-delivery-withdraw"),
    path("delivery/<int:task_id>/assignee/", desk_work.assign, name="desk-delivery-assign"),
    path("delivery/<int:task_id>/plan/", desk_work.plan, name="desk-delivery-plan"),
    path("delivery/<int:task_id>/team-space/", desk_work.workspace, name="desk-delivery-workspace"),
    path("delivery/<int:task_id>/messages/", desk_work.say, name="desk-delivery-say"),
    path("delivery/<int:task_id>/expenses/", desk_work.spend, name="desk-delivery-spend"),
    path("delivery/<int:task_id>/time/<int:entry_id>/taking-back/", desk_work.take_back_time, name="desk-delivery-time-take-back"),
    path("delivery/<int:task_id>/expenses/<int:cost_id>/taking-back/", desk_work.take_back_cost, name="desk-delivery-cost-take-back"),
]
PORTAL: list[URLPattern] = [
    path("delivery/", portal_task.task_list, name="delivery"),
    path("delivery/<int:task_id>/", portal_task.task, name="delivery-task"),
    path("delivery/<int:task_id>/messages/", portal_task.say, name="delivery-say"),
]
