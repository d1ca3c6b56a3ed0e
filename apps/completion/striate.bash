# Completion of striate's commands, options, configs and files for bash. What there is, the program says itself.
_striate() {
    local word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]} program=${COMP_WORDS[0]}
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        # Names below "Subcommands:", up to the empty line.
        mapfile -t COMPREPLY < <(compgen -W "$("$program" --help 2>/dev/null |
            awk '/^Subcommands:/ { on = 1; next } /^$/ { on = 0 } on && /^  [^ ]/ { print $1 }') --help --version" -- "$word")
        return
    fi
    if [[ $word == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$("$program" help "$command" 2>/dev/null |
            grep -oE '(^|[ ,])--[a-z][a-z-]*' | tr -d ' ,')" -- "$word")
        return
    fi
    local names
    if [ "$command" = help ]; then
        names=$("$program" --help 2>/dev/null | awk '/^Subcommands:/ { on = 1; next } /^$/ { on = 0 } on && /^  [^ ]/ { print $1 }')
    elif [ "$command" = run ] || [ "$command" = validate ]; then
        # Configs that came with the program.
        local folder
        folder=$(dirname "$(readlink -f "$(command -v "$program")")")/../share/striate/configs
        names=$(cd "$folder" 2>/dev/null && printf '%s\n' *.yaml)
    fi
    mapfile -t COMPREPLY < <(compgen -W "$names" -- "$word"; compgen -f -- "$word")
}
complete -o filenames -F _striate striate
