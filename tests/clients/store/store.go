// Package store is the cloud of the providers in this module: a directory with one JSON file per object. It outlives a
// provider's process, so that providers which terraform starts and those served by the test process see the same.
package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
)

// Variable names the directory when the provider's configuration does not.
const Variable = "CLIENTS_DIRECTORY"

// Store is a directory of objects.
type Store struct {
	directory string
}

// ErrNone is what reading an object gives that is not there.
var ErrNone = errors.New("there is no such object")

// Open gives the store in a directory, or in the one that the environment names.
func Open(directory string) (*Store, error) {
	if directory == "" {
		directory = os.Getenv(Variable)
	}
	if directory == "" {
		return nil, fmt.Errorf("set the argument `directory` or the variable %s", Variable)
	}
	if err := os.MkdirAll(directory, 0o755); err != nil {
		return nil, err
	}
	return &Store{directory: directory}, nil
}

var last atomic.Int64

// NewID makes an identifier that no object of this kind has.
func (s *Store) NewID(kind string) string {
	for {
		id := fmt.Sprintf("%s-%d", kind, last.Add(1))
		if _, err := os.Stat(s.path(id)); errors.Is(err, fs.ErrNotExist) {
			return id
		}
	}
}

// Put writes an object.
func (s *Store) Put(id string, object any) error {
	text, err := json.MarshalIndent(object, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(s.path(id), text, 0o644)
}

// Get reads an object.
func (s *Store) Get(id string, object any) error {
	text, err := os.ReadFile(s.path(id))
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: %w", id, ErrNone)
	}
	if err != nil {
		return err
	}
	return json.Unmarshal(text, object)
}

// Delete removes an object; one that is not there is no mistake.
func (s *Store) Delete(id string) error {
	err := os.Remove(s.path(id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// IDs lists all objects.
func (s *Store) IDs() ([]string, error) {
	entries, err := os.ReadDir(s.directory)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, entry := range entries {
		if id, is := strings.CutSuffix(entry.Name(), ".json"); is {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// Log adds a line to the log of what providers did.
func (s *Store) Log(line string) error {
	file, err := os.OpenFile(filepath.Join(s.directory, "log"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = file.WriteString(line + "\n")
	return errors.Join(err, file.Close())
}

func (s *Store) path(id string) string {
	return filepath.Join(s.directory, filepath.Base(id)+".json")
}
