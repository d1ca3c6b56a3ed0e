// Name -> component. A component is a class with a nested `Settings` (constructed from Params: reads and
// checks its keys, touches no file) and a constructor taking those settings and the context its kind gets.
// One static Register<...> object beside the class makes it known; no list is kept anywhere else.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sim/params.hpp"

namespace sim {

/// A block of a config that names a component by `kind:`, and the name.
struct ComponentChoice {
    Params block;
    std::string kind;
};

/// All components of one interface. `Base::Context` is what every one of them is given besides its settings.
template <class Base>
class Registry {
  public:
    struct Entry {
        std::string doc;                          // one line
        std::function<void(const Params&)> read;  // checks the keys of this component
        std::function<std::unique_ptr<Base>(const Params&, const typename Base::Context&)> make;
    };

    static Registry& instance() {
        static Registry registry;
        return registry;
    }
    void add(const std::string& name, Entry entry) { entries_.emplace(name, std::move(entry)); }
    const std::map<std::string, Entry>& entries() const { return entries_; }
    std::vector<std::string> names() const {
        std::vector<std::string> result;
        for (const auto& [name, entry] : entries_) result.push_back(name);
        return result;
    }

    /// Name of the component that block `p` asks for by `kind:`. The keys of a kind stand in a sub-block of
    /// its name; sub-blocks of other kinds may stay in the file, are checked all the same, and wait for a
    /// `--set ...kind=`.
    std::string kind(const Params& p, const std::string& default_kind) const {
        const std::string chosen =
            p.choice("kind", names(), default_kind, "which component; see its own block");
        for (const auto& [name, entry] : entries_)
            if (name == chosen || p.has(name)) entry.read(p.block(name));
        return chosen;
    }
    std::unique_ptr<Base> make(const std::string& name, const Params& p,
                               const typename Base::Context& context) const {
        return entries_.at(name).make(p.block(name), context);
    }

  private:
    std::map<std::string, Entry> entries_;
};

/// As Registry::kind, where a block may ask for a component of any of several interfaces.
template <class... Bases>
std::string kind_among(const Params& p, const std::string& default_kind) {
    std::vector<std::string> names;
    const auto add = [&](const auto& registry) {
        for (const std::string& name : registry.names()) names.push_back(name);
    };
    (add(Registry<Bases>::instance()), ...);
    const std::string chosen = p.choice("kind", names, default_kind, "which component; see its own block");
    const auto read = [&](const auto& registry) {
        for (const auto& [name, entry] : registry.entries())
            if (name == chosen || p.has(name)) entry.read(p.block(name));
    };
    (read(Registry<Bases>::instance()), ...);
    return chosen;
}

template <class Base, class Component>
struct Register {
    Register(const std::string& name, const std::string& doc) {
        Registry<Base>::instance().add(
            name, {doc, [](const Params& p) { typename Component::Settings{p}; },
                   [](const Params& p, const typename Base::Context& context) -> std::unique_ptr<Base> {
                       return std::make_unique<Component>(typename Component::Settings{p}, context);
                   }});
    }
};

}  // namespace sim
