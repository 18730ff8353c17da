#!/usr/bin/env bash
# Builds kube-apiserver, kube-scheduler and kubelet from Debian's source package into the folder $1: `build.sh FOLDER`.
# Takes root, about ten minutes and 3 GB there, all but the programs removed at the end. Nothing else is downloaded.
set -euo pipefail
mkdir -p "$1" && cd "$1"
here=$PWD
export DEBIAN_FRONTEND=noninteractive

mkdir -p "$here/src/apt/lists" "$here/apt.d"
sed 's/^Types:.*/Types: deb-src/' /etc/apt/sources.list.d/debian.sources >"$here/apt.d/source.sources"
apt-get update -qq
apt-get install -y -qq --no-install-recommends golang-go etcd-server busybox-static docker.io dpkg-dev iproute2 openssl >/dev/null
own=(-o "Dir::Etc::sourceparts=$here/apt.d" -o "Dir::State::lists=$here/src/apt/lists" -o APT::Sandbox::User=root)
apt-get "${own[@]}" update -qq

export GO111MODULE=off GOPROXY=off CGO_ENABLED=0 GOPATH=$here/src/go GOCACHE=$here/src/cache
tree=$GOPATH/src/k8s.io/kubernetes
if [ ! -d "$tree" ]; then
  (
    mkdir -p "$here/src/package" && cd "$here/src/package"
    apt-get "${own[@]}" source -qq --only-source kubernetes
    apt-get download -qq golang-github-modern-go-reflect2-dev
    dpkg-deb -x golang-github-modern-go-reflect2-dev_*.deb reflect2
    mkdir -p "$(dirname "$tree")" && mv kubernetes-*/ "$tree"
    # The copy in the tree crashes under Go 1.18 and later.
    rm -rf "$tree/vendor/github.com/modern-go/reflect2"
    cp -r reflect2/usr/share/gocode/src/github.com/modern-go/reflect2 "$tree/vendor/github.com/modern-go/"
  )
fi

cd "$tree"
go build -o "$here/src/openapi-gen" k8s.io/kubernetes/vendor/k8s.io/kube-openapi/cmd/openapi-gen
packages=$(grep -rl --include='*.go' '+k8s:openapi-gen=' . | grep -v '_test.go' | xargs -n1 dirname | sort -u |
  sed -e 's#^\./staging/src/##' -e 's#^\./vendor/##' -e 's#^\./#k8s.io/kubernetes/#' | sort -u)
"$here/src/openapi-gen" -i "$(paste -sd, <<<"$packages")" -p k8s.io/kubernetes/pkg/generated/openapi \
  -O zz_generated.openapi -h hack/boilerplate/boilerplate.generatego.txt -r "$here/src/violations"
for program in kube-apiserver kubelet kube-scheduler; do
  [ -x "$here/$program" ] && continue
  nice -n 19 go build -p "${JOBS:-2}" -ldflags '-s -w' -o "$here/$program.new" "k8s.io/kubernetes/cmd/$program"
  mv "$here/$program.new" "$here/$program"
done
chmod -R u+w "$here/src" && rm -rf "$here/src" "$here/apt.d"
