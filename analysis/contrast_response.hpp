// How responses depend on contrast.
#pragma once
#include <cstddef>
#include <span>
#include <vector>

namespace analysis {

/// R(c) = R_max c^n / (c^n + c50^n) + R_0
struct NakaRushton {
    double R_max;               // in units of the response, >= 0
    double c50;                 // in units of the contrast
    double n;                   // exponent
    double R_0;                 // response without contrast, in units of the response
    double explained_variance;  // 1 - sum of squared errors / sum of squared deviations from the mean

    double response(double contrast) const;
};

/// The function of least squared error, by Levenberg-Marquardt from several c50 and n: R_max >= 0, c50 from
/// half the least contrast to twice the greatest, n in [0.1, 10]. c50 at its upper bound says that responses
/// do not saturate, and R_max is then an extrapolation. All NaN with fewer than 4 contrasts or if responses
/// are the same everywhere.
///
/// contrasts   above 0, in any unit
/// responses   shape (n_contrasts), finite
/// throws      sim::Error if they are not so
/// source      Naka & Rushton (1966), J Physiol 185:536; Albrecht & Hamilton (1982), J Neurophysiol 48:217
NakaRushton fit_naka_rushton(std::span<const double> contrasts, std::span<const double> responses);

/// One for each of N neurons, fitted side by side on the cores.
///
/// R        shape (N, n_contrasts)
std::vector<NakaRushton> fit_naka_rushtons(std::span<const double> contrasts, std::span<const float> R);

}  // namespace analysis
