// A spiking population as a graph of the Neuromorphic Intermediate Representation, for chips and their simulators.
#pragma once
#include "sim/io/output.hpp"
#include "sim/trained_network.hpp"

namespace lab {

/// Writes the tested population, of kind `slca`, as NIR (Pedersen et al. 2024, Nat Commun 15:8122), by the HDF5 layout of its
/// package. With w = u - lambda, in seconds:
///
///     input (M) -> fields: Linear, Phi -> current: LI, tau w' = -lambda - w + I -> membrane: IF, v' = w, fires at q Q_ii
///     membrane -> inhibition: Linear, -q (Q - diag Q) -> current          membrane -> output (N)
///
/// Of kernels that all places share both Linear are Conv2d, neurons (K, rows, cols). A spike is an impulse of area 1, so that w jumps by -(q/tau) Q_ij as in docs/models/slca.md; q times the rate of a neuron is
/// its code. Neurons start from w = b - lambda. Of codes of either sign ON neurons stand before their OFF twins.
///
/// throws sim::ConfigError where the population is not one that this says whole: another kind, an objective that weighs
/// distance, periodic borders, a refractory time, a floor, background spikes; sim::IoError
void write_nir(const sim::TrainedNetwork& trained, const std::string& run, const sim::io::Output& output);

}  // namespace lab
