"""Figures for Prometheus: what is asked of this installation, and how its work stands. No ids, no names, bounded labels."""
