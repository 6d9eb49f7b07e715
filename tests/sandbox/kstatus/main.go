// Judges objects as Flux does: one object as JSON a line from standard input, and for each a line with what its status is
// taken for (Current, InProgress, Failed, Terminating, NotFound or Unknown), a tab, and the message.
//
// Without arguments by kstatus alone; with the file of a Kustomization as argument by the first of its healthCheckExprs
// that is for the object's kind, as kustomize-controller does it.
package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	"github.com/fluxcd/pkg/apis/kustomize"
	"github.com/fluxcd/pkg/runtime/cel"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

const longest = 1 << 20 // bytes of a line; an object with a full status has some 20 KiB

type kustomization struct {
	Spec struct {
		HealthCheckExprs []kustomize.CustomHealthCheck `json:"healthCheckExprs"`
	} `json:"spec"`
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	if len(arguments) == 1 && arguments[0] == "version" {
		fmt.Println("kstatus")
		return nil
	}
	checks := kustomization{}
	if len(arguments) == 1 {
		text, err := os.ReadFile(arguments[0])
		if err != nil {
			return err
		}
		if err := yaml.Unmarshal(text, &checks); err != nil {
			return err
		}
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 0, longest), longest)
	for lines.Scan() {
		object := &unstructured.Unstructured{}
		if err := object.UnmarshalJSON(lines.Bytes()); err != nil {
			return err
		}
		found, err := judge(object, checks.Spec.HealthCheckExprs)
		if err != nil {
			return err
		}
		fmt.Printf("%s\t%s\n", found.Status, strings.ReplaceAll(found.Message, "\n", " "))
	}
	return lines.Err()
}

func judge(object *unstructured.Unstructured, checks []kustomize.CustomHealthCheck) (*status.Result, error) {
	for _, check := range checks {
		if check.APIVersion != object.GetAPIVersion() || check.Kind != object.GetKind() {
			continue
		}
		evaluator, err := cel.NewStatusEvaluator(&check.HealthCheckExpressions)
		if err != nil {
			return nil, err
		}
		return evaluator.Evaluate(context.Background(), object)
	}
	return status.Compute(object)
}
