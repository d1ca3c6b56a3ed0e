#include "sim/fourier.hpp"

#include <fftw3.h>
#include <fmt/format.h>

#include "sim/error.hpp"
#include "sim/fftw_planner.hpp"

namespace sim {
namespace {

fftwf_complex* as_fftw(Spectrum& spectrum) { return reinterpret_cast<fftwf_complex*>(spectrum.data()); }

}  // namespace

void Fourier::Destroy::operator()(fftwf_plan_s* plan) const {
    const std::lock_guard lock(fftw_planner);
    fftwf_destroy_plan(plan);
}

Fourier::Fourier(std::size_t rows, std::size_t cols) : rows_(rows), cols_(cols) {
    Plane image(n_pixels());
    Spectrum spectrum(n_frequencies());
    const int r = static_cast<int>(rows), c = static_cast<int>(cols);
    {
        const std::lock_guard lock(fftw_planner);
        forward_.reset(fftwf_plan_dft_r2c_2d(r, c, image.data(), as_fftw(spectrum), FFTW_ESTIMATE));
        backward_.reset(fftwf_plan_dft_c2r_2d(r, c, as_fftw(spectrum), image.data(), FFTW_ESTIMATE));
    }
    if (!forward_ || !backward_)
        throw Error(fmt::format("FFTW cannot transform an image of {} x {} px.", rows, cols));
}

void Fourier::forward(Plane& image, Spectrum& spectrum) const {
    fftwf_execute_dft_r2c(forward_.get(), image.data(), as_fftw(spectrum));
}

void Fourier::backward(Spectrum& spectrum, Plane& image) const {
    fftwf_execute_dft_c2r(backward_.get(), as_fftw(spectrum), image.data());
}

}  // namespace sim
