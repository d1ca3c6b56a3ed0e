// A second layer: complex cells, which pool the energy of neurons near on the sheet that prefer like
// orientations, so that it does not matter to them where within its field a bar stands.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "analysis/map.hpp"
#include "analysis/tuning.hpp"

namespace analysis {

/// How complex cells pool, and how many of the cells that are compared with macaque V1 are such.
struct ComplexSettings {
    double fraction;         // of the cells, in [0, 1]; 0: none
    double width;            // of the pool [sheet units]
    double sharpness;        // p: neurons whose orientation differs by d count cos(d)^(2 p)
    double exponent;         // g: mean over cells; 2: energy itself, 1: its root
    double exponent_spread;  // standard deviation of g over cells
};

/// Responses of one complex cell above every neuron: R_i = (sum_j w_ij r_j^2 / max_k sum_j w_ij
/// r_jk^2)^{g_i/2} with w_ij = exp(-d_ij^2 / (2 width^2)) cos(theta_i - theta_j)^{2 p} and k over gratings,
/// so that all have a greatest response of 1. g_i is normal, kept within [1/2, 4]. A rate model that reads
/// the spiking sheet, not spiking itself.
///
/// R        shape (N, ...): responses of the neurons to gratings; all gratings of a neuron together
/// tuning   of the neurons; who has no preferred orientation is in no pool
/// returns  the same shape; 0 above neurons without a preferred orientation
/// throws   sim::Error if the shapes do not agree
/// source   Adelson & Bergen (1985), J Opt Soc Am A 2:284, for energy; Hyvarinen & Hoyer (2001), Vision Res
///          41:2413, for pools of neighbours on a map
std::vector<float> pool_energy(std::span<const float> R, const Tuning& tuning, std::size_t rows,
                               std::size_t cols, Boundary boundary, const ComplexSettings& settings,
                               std::uint64_t seed);

/// Which of N cells are complex: `fraction` of them, picked without order.
std::vector<std::uint8_t> pick_complex(std::size_t n, double fraction, std::uint64_t seed);

/// The tuning of a sample of both: of complex cells where is_complex is 1, else of simple ones.
Tuning sample_of(const Tuning& simple, const Tuning& complex, std::span<const std::uint8_t> is_complex);

}  // namespace analysis
