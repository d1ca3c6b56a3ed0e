#include "analysis/glossary.hpp"

#include <algorithm>

namespace analysis {
namespace {

constexpr const char* kRingach = "Ringach, Shapley & Hawken (2002), J Neurosci 22:5639";
constexpr const char* kShapes = "Ringach (2002), J Neurophysiol 88:455";
constexpr const char* kCavanaugh = "Cavanaugh, Bair & Movshon (2002), J Neurophysiol 88:2530";
constexpr const char* kDeValois = "De Valois, Albrecht & Thorell (1982), Vision Res 22:545";

constexpr Term kTerms[] = {
    {"preferred_orientation", "Preferred orientation", "Orientation",
     "Half the angle of the vector sum of responses R over orientations, sum R exp(2i theta), at the spatial "
     "frequency of the greatest response; of the bars, counter-clockwise from horizontal.",
     kRingach},
    {"circular_variance", "Circular variance", "Orientation",
     "1 - |sum R exp(2i theta)| / sum R: 0 of a neuron that responds to one orientation, 1 of one that "
     "responds "
     "to all alike.",
     kRingach},
    {"half_bandwidth", "Half-bandwidth", "Orientation",
     "Half the width of the orientation tuning curve at 1/sqrt 2 of its peak. There is none where the curve "
     "never "
     "falls so low.",
     kRingach},
    {"orth_pref", "Orthogonal over preferred", "Orientation",
     "Response at right angles to the best orientation over the response at it.", kRingach},
    {"OSI", "Orientation selectivity index", "Orientation",
     "(preferred - orthogonal) / (preferred + orthogonal response).", ""},
    {"local_homogeneity", "Local homogeneity", "Orientation",
     "How alike the preferred orientations around are, within about 2 sheet units: 1 where all prefer one, "
     "near 0 "
     "at a pinwheel.",
     "Nauhaus, Benucci, Carandini & Ringach (2008), Neuron 57:673"},
    {"pinwheel_distance", "Distance to a pinwheel", "Orientation", "To the nearest pinwheel, in sheet units.",
     ""},
    {"F1_F0", "F1/F0", "Phase",
     "First harmonic of the response to a drifting grating over its mean: simple cells lie above 1, complex "
     "cells "
     "below.",
     "Skottun et al. (1991), Vision Res 31:1079"},
    {"drift_circular_variance", "Circular variance, drifting gratings", "Orientation",
     "Circular variance of the responses to gratings that drift, mean over a cycle.", kRingach},
    {"drift_half_bandwidth", "Half-bandwidth, drifting gratings", "Orientation",
     "Half-bandwidth under gratings that drift.", kRingach},
    {"drift_orth_pref", "Orthogonal over preferred, drifting gratings", "Orientation",
     "Orthogonal over preferred response under gratings that drift.", kRingach},
    {"drift_F1_F0", "F1/F0, drifting gratings", "Phase",
     "First harmonic over mean of the response in a cycle of the best grating that drifts.",
     "Skottun et al. (1991), Vision Res 31:1079"},
    {"peak_spatial_frequency", "Preferred spatial frequency", "Spatial frequency",
     "Spatial frequency of the greatest response, at the best orientation. A model has pixels where a monkey "
     "has "
     "degrees: only the shapes of the distributions are compared, both divided by their medians.",
     kDeValois},
    {"frequency_bandwidth", "Spatial frequency bandwidth", "Spatial frequency",
     "Width of the spatial frequency curve at half its peak. There is none where one side never falls so "
     "low.",
     kDeValois},
    {"schiller_index", "Schiller's index", "Spatial frequency",
     "100 f_low / f_high where the spatial frequency curve is at 1/sqrt 2 of its peak: the lower, the "
     "broader.",
     "Schiller, Finlay & Volman (1976), J Neurophysiol 39:1334"},
    {"gabor_explained", "Explained by a Gabor function", "Field",
     "Variance of the receptive field that its best Gabor function explains. Below 0.7 the shape is not "
     "told.",
     "Jones & Palmer (1987), J Neurophysiol 58:1233"},
    {"nx", "nx", "Field", "Width of the Gabor function across its bars, in cycles of it.", kShapes},
    {"ny", "ny", "Field", "Its width along the bars, in cycles.", kShapes},
    {"gabor_orientation", "Orientation of the Gabor function", "Field",
     "Of its bars, counter-clockwise from horizontal.", ""},
    {"gabor_frequency", "Frequency of the Gabor function", "Field", "Of its bars.", ""},
    {"gabor_phase", "Phase of the Gabor function", "Field",
     "From its own centre: 0 is a bright bar in the middle, 90 and 270 are edges.", ""},
    {"gabor_row", "Row of the Gabor function", "Field", "Of its centre in the frame.", ""},
    {"gabor_col", "Column of the Gabor function", "Field", "Of its centre in the frame.", ""},
    {"sta_white", "STA, white noise", "Field",
     "Correlation of the spike-triggered average under white noise with the receptive field.",
     "Chichilnisky (2001), Network 12:199"},
    {"sta_sparse", "STA, sparse noise", "Field", "The same under sparse noise: a few pixels on grey.",
     "Chichilnisky (2001), Network 12:199"},
    {"c50", "Contrast of half the response", "Contrast and size",
     "c50 of Naka & Rushton's function, fitted to the responses to the best grating; as the norm of a frame.",
     "Albrecht & Hamilton (1982), J Neurophysiol 48:217"},
    {"contrast_exponent", "Exponent of the contrast response", "Contrast and size",
     "n of Naka & Rushton's function.", "Albrecht & Hamilton (1982), J Neurophysiol 48:217"},
    {"cross_orientation_suppression", "Cross-orientation suppression", "Contrast and size",
     "1 - response to the best grating with one across it / response to it alone.", ""},
    {"suppression_index", "Surround suppression", "Contrast and size",
     "(peak - response at the largest diameter) / peak, of gratings in discs round the field.", kCavanaugh},
    {"summation_field", "Diameter of the summation field", "Contrast and size",
     "Smallest diameter of at least 95 % of the peak response. Compared in shape: both divided by their "
     "medians.",
     kCavanaugh},
    {"surround_diameter", "Diameter of the surround", "Contrast and size",
     "Smallest diameter beyond, at which the response is that at the largest. Compared in shape.",
     kCavanaugh},
    {"surround_ratio", "Surround over summation field", "Contrast and size", "Ratio of the two diameters.",
     kCavanaugh},
    {"rate", "Rate", "Activity", "Mean rate under held-out frames.", ""},
    {"activity", "Part of presentations active", "Activity",
     "Running part of presentations in which the neuron was active, at the end of learning. Far below the "
     "others' it "
     "is dead.",
     ""},
    {"lambda", "Threshold", "Activity",
     "lambda of the neuron at the end of the run: what its activity costs.", ""},
    {"lifetime_sparseness", "Lifetime sparseness", "Activity",
     "Of its code over held-out frames: 0 if active alike at all, 1 if at one.",
     "Vinje & Gallant (2000), Science 287:1273"},
    {"cv_of_intervals", "Variation of intervals", "Activity",
     "Coefficient of variation of the intervals between spikes under held-out frames; 1 of a Poisson "
     "process.",
     ""},
    {"fano_factor", "Fano factor", "Activity",
     "Variance over mean of spike counts when a frame is shown again; 1 of a Poisson process, 0 without "
     "noise.",
     ""},
    {"spontaneous_rate", "Spontaneous rate", "Activity", "Mean rate when nothing is shown.", ""},
    {"spontaneous_over_peak", "Spontaneous over peak", "Activity",
     "Response when nothing is shown over that to the best grating.", kRingach},
    {"channel", "Channel", "Activity", "Band of spatial frequency in which the neuron sees frames, from 0.",
     ""},
    // of a network as a whole
    {"neighbour_difference", "Neighbours' orientation", "Map",
     "Mean difference in preferred orientation of neighbours; 45 deg by chance.", ""},
    {"pinwheel_density", "Pinwheel density", "Map", "Pinwheels per squared wavelength of the map.",
     "Kaschube et al. (2010), Science 330:1113"},
    {"map_quality", "Map quality", "Map", "How near the pinwheel density is to pi, 0 to 1.",
     "Stevens, Law, Antolik & Bednar (2013), J Neurosci 33:15747"},
    {"wavelength", "Wavelength of the map", "Map",
     "Of the orientation map, in sheet units: the peak of its spectrum.", ""},
    {"frequency_difference", "Neighbours' spatial frequency", "Map",
     "Mean difference of preferred spatial frequencies of neighbours.", ""},
    {"frequency_difference_by_chance", "The same by chance", "Map", "Of any two neurons.", ""},
    {"phase_difference", "Neighbours' phase", "Map", "Of the phases of neighbours' fields; 90 deg by chance.",
     ""},
    {"retinotopy", "Retinotopy", "Map", "Correlation of fields' rows with neurons' rows.", ""},
    {"retinotopic_scatter", "Retinotopic scatter", "Map", "Distance of fields from where the sheet says.",
     ""},
    {"drift_ks_circular_variance", "KS of circular variance, drifting gratings", "Orientation",
     "Kolmogorov-Smirnov distance to all cells of the macaque.", kRingach},
    {"drift_ks_half_bandwidth", "KS of half-bandwidth, drifting gratings", "Orientation",
     "Kolmogorov-Smirnov distance to all cells of the macaque.", kRingach},
    {"drift_ks_orth_pref", "KS of orthogonal over preferred, drifting gratings", "Orientation",
     "Kolmogorov-Smirnov distance to all cells of the macaque.", kRingach},
    {"drift_ks_F1_F0", "KS of F1/F0, drifting gratings", "Phase",
     "Kolmogorov-Smirnov distance to all cells of the macaque.", kRingach},
    {"gabor_fraction", "Fields that are Gabor functions", "Field",
     "Part of neurons whose field a Gabor function explains (0.7 of its variance).", kShapes},
    {"suppressed_fraction", "Suppressed neurons", "Contrast and size",
     "Part of the neurons tested whose surround suppression is above 0.1.", kCavanaugh},
    {"population_sparseness", "Population sparseness", "Activity",
     "Of the code of a held-out frame, mean over frames: 1 if one neuron alone is active.",
     "Vinje & Gallant (2000), Science 287:1273"},
    {"correlation_near", "Correlation nearby", "Activity", "Of codes of neurons up to 2 sheet units apart.",
     ""},
    {"correlation_far", "Correlation far off", "Activity", "Of codes of neurons 5 to 10 sheet units apart.",
     ""},
};

}  // namespace

std::span<const Term> glossary() { return kTerms; }

const Term* find_term(std::string_view name) {
    const auto found = std::ranges::find_if(kTerms, [&](const Term& one) { return name == one.name; });
    return found != std::end(kTerms) ? found : nullptr;
}

}  // namespace analysis
