// Command health says what other tools make of objects: `health kstatus` as Flux and Helm wait for them, `health argo-cd FILE`
// by a health script as Argo CD runs it. Objects come as a JSON list, and one answer for each goes out as another.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	lua "github.com/yuin/gopher-lua"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// The time that Argo CD gives a script.
const patience = time.Second

type answer struct {
	Status  string `json:"status"`
	Message string `json:"message"`
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "health:", err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	var judge func(map[string]any) (answer, error)
	switch {
	case len(arguments) == 1 && arguments[0] == "kstatus":
		judge = byKstatus
	case len(arguments) == 2 && arguments[0] == "argo-cd":
		script, err := os.ReadFile(arguments[1])
		if err != nil {
			return err
		}
		judge = func(object map[string]any) (answer, error) { return byScript(string(script), object) }
	default:
		return fmt.Errorf("usage: health kstatus | health argo-cd FILE")
	}
	var given []unstructured.Unstructured
	if err := json.NewDecoder(os.Stdin).Decode(&given); err != nil {
		return err
	}
	answers := []answer{}
	for _, each := range given {
		said, err := judge(each.Object)
		if err != nil {
			return fmt.Errorf("%s %s: %w", each.GetKind(), each.GetName(), err)
		}
		answers = append(answers, said)
	}
	return json.NewEncoder(os.Stdout).Encode(answers)
}

func byKstatus(object map[string]any) (answer, error) {
	result, err := status.Compute(&unstructured.Unstructured{Object: object})
	if err != nil {
		return answer{}, err
	}
	return answer{result.Status.String(), result.Message}, nil
}

// byScript runs a script with the libraries that a script in a ConfigMap has there: no strings, no files, no way out.
func byScript(script string, object map[string]any) (answer, error) {
	state := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer state.Close()
	for name, open := range map[string]lua.LGFunction{
		lua.LoadLibName: lua.OpenPackage, lua.BaseLibName: lua.OpenBase, lua.TabLibName: lua.OpenTable,
	} {
		if err := state.CallByParam(lua.P{Fn: state.NewFunction(open), Protect: true}, lua.LString(name)); err != nil {
			return answer{}, err
		}
	}
	limited, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	state.SetContext(limited)
	state.SetGlobal("obj", luaValue(state, object))
	if err := state.DoString(script); err != nil {
		return answer{}, err
	}
	said, ok := state.Get(-1).(*lua.LTable)
	if !ok {
		return answer{}, fmt.Errorf("the script returns a %s, and no table", state.Get(-1).Type())
	}
	return answer{lua.LVAsString(said.RawGetString("status")), lua.LVAsString(said.RawGetString("message"))}, nil
}

func luaValue(state *lua.LState, value any) lua.LValue {
	switch value := value.(type) {
	case map[string]any:
		table := state.NewTable()
		for key, each := range value {
			table.RawSetString(key, luaValue(state, each))
		}
		return table
	case []any:
		table := state.NewTable()
		for _, each := range value {
			table.Append(luaValue(state, each))
		}
		return table
	case string:
		return lua.LString(value)
	case bool:
		return lua.LBool(value)
	case int64:
		return lua.LNumber(value)
	case float64:
		return lua.LNumber(value)
	}
	return lua.LNil
}
