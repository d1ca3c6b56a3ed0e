// A population of nodes of a SONATA circuit: what its HDF5 file and the table of its types say of each node.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/io/hdf5.hpp"
#include "sim/io/types_table.hpp"
#include "sonata/config.hpp"
#include "sonata/nest_models.hpp"

namespace sonata {

class Nodes {
  public:
    /// Population `name` of a file that stays open. types: none where there is no table
    Nodes(std::shared_ptr<const sim::io::File> file, std::string name,
          std::shared_ptr<const sim::io::TypesTable> types, Problems& problems);

    const std::string& name() const { return name_; }
    std::size_t size() const { return row_of_.size(); }
    /// "FILE: /nodes/NAME"
    std::string place() const;

    /// An attribute of each node, in order of their ids; "" of those that have none.
    std::vector<std::string> texts(const std::string& attribute) const;
    /// Whether they are sources of spikes and no neurons.
    bool is_virtual() const { return is_virtual_; }
    /// The population as a config has it, its neurons' parameters in. models: folder of the files of parameters.
    /// v_init: V_m at the start of those that do not say it, NaN if nothing does
    /// receptors: that synapses reach, of those kinds that have some
    Json as_population(const std::string& models, double v_init, const Receptors& receptors,
                       std::vector<std::string>& files) const;
    /// Its model of NEST; null of sources, and where it is not known.
    const NestModel* model() const { return model_; }

  private:
    std::vector<std::uint64_t> ids(const std::string& dataset) const;
    void read_rows();
    void read_model();
    void find_model(const std::string& name);
    std::vector<std::string> column(std::uint64_t group, const std::string& attribute) const;
    Values values(const std::string& models, std::vector<std::string>& files) const;
    Json parameters_of(const std::string& path) const;
    void take_types(const std::string& models, std::vector<std::string>& files, Values& values) const;
    void take_groups(Values& values) const;
    void take(const std::string& parameter, const Json& value, const std::string& place,
              std::map<std::string, double>& said) const;
    void problem(const std::string& dataset, const std::string& what) const;

    std::shared_ptr<const sim::io::File> file_;
    std::string name_, folder_;  // "/nodes/NAME/"
    std::shared_ptr<const sim::io::TypesTable> types_;
    Problems* problems_;
    std::vector<std::size_t> row_of_;                  // by id
    std::vector<std::uint64_t> type_, group_, index_;  // by row
    bool is_virtual_ = false;
    const NestModel* model_ = nullptr;  // none of sources, and of those whose model is not known
};

}  // namespace sonata
