"""Addresses of the books."""

from django.urls import URLPattern, path

from invoicing.views import book_files, books

DESK: list[URLPattern] = [
    path("books/", books.home, name="desk-books"),
    path("books/posting/", books.post, name="desk-books-post"),
    path("books/vouchers/", books.vouchers, name="desk-books-vouchers"),
    path("books/vouchers/<int:voucher_id>/", books.voucher, name="desk-books-voucher"),
    path("books/months/<str:month>/", books.credit_of_month, name="desk-books-month"),
    path("books/months/<str:month>/locking/", books.lock, name="desk-books-lock"),
    path("books/months/<str:month>/file/<str:kind>/", book_files.credit_of_month, name="desk-books-month-file"),
    path("books/files/<int:file_id>/sie/", book_files.sie, name="desk-books-sie"),
    path("books/files/<int:file_id>/list/", book_files.listed, name="desk-books-list"),
]
PORTAL: list[URLPattern] = []
