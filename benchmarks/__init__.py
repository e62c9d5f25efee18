"""Measures ChatterKeep from outside, over HTTP, against a bare Flask route on the same server.

A ratio of two servers in alternating rounds says more than requests per second do: it holds on
another machine, and a noisy neighbour slows both.
"""
