"""The graph of ties: who hangs together, how tightly, and how much runs through each. In arrays, or by an engine."""

from goodstanding.relations.graph.components import components
from goodstanding.relations.graph.cores import core_numbers
from goodstanding.relations.graph.csr import Graph, graph_of
from goodstanding.relations.graph.graph_queries import graph_measures
from goodstanding.relations.graph.pagerank import AVERAGE_RANK, ranks

__all__ = ["AVERAGE_RANK", "Graph", "components", "core_numbers", "graph_measures", "graph_of", "ranks"]
