// Reads one object as JSON a line from standard input, and prints what Flux's library takes its status for, a line each:
// Current, InProgress, Failed, Terminating, NotFound or Unknown, then a tab and the message.
package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

const longest = 1 << 20 // bytes of a line; an object with a full status has some 20 KiB

func main() {
	if len(os.Args) > 1 { // any argument: the question whether it runs at all
		fmt.Println("kstatus")
		return
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 0, longest), longest)
	for lines.Scan() {
		if err := judge(lines.Bytes()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	if err := lines.Err(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func judge(line []byte) error {
	object := &unstructured.Unstructured{}
	if err := object.UnmarshalJSON(line); err != nil {
		return err
	}
	found, err := status.Compute(object)
	if err != nil {
		return err
	}
	fmt.Printf("%s\t%s\n", found.Status, strings.ReplaceAll(found.Message, "\n", " "))
	return nil
}
