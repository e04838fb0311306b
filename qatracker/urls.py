"""The addresses of the site: what is said about lots, the lots, signing in and out."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path

urlpatterns = [
    path("sign-in/", LoginView.as_view(), name="login"),
    path("sign-out/", LogoutView.as_view(), name="logout"),
    path("", include("reports.urls")),
    path("", include("lots.urls")),
]
