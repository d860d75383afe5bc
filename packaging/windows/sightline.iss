; The installer for Windows, by Inno Setup 6. It was written from Inno Setup's manual and was NOT RUN:
; nobody has built or tried Sightline on Windows yet.
;
; packaging/package.py calls it: iscc /DVersion=0.1.0 /DFolder=...\sightline /O... sightline.iss

#ifndef Version
  #error Say the version: /DVersion=0.1.0
#endif
#ifndef Folder
  #error Say where PyInstaller's folder is: /DFolder=C:\...\sightline
#endif

[Setup]
AppId={{6C1B5A3E-0E0B-4F0B-9C64-7B7C2F6C2E51}
AppName=Sightline
AppVersion={#Version}
DefaultDirName={autopf}\Sightline
DefaultGroupName=Sightline
; For one person without an administrator's password; who has one may choose all.
PrivilegesRequired=lowest
PrivilegesRequiredOverridesAllowed=dialog
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
OutputBaseFilename=sightline-{#Version}-setup
Compression=lzma2/fast
SolidCompression=yes
WizardStyle=modern
ChangesAssociations=yes
UninstallDisplayIcon={app}\sightline-window.exe

[Languages]
Name: "english"; MessagesFile: "compiler:Default.isl"

[Files]
Source: "{#Folder}\*"; DestDir: "{app}"; Flags: ignoreversion recursesubdirs createallsubdirs

[Icons]
Name: "{group}\Sightline"; Filename: "{app}\sightline-window.exe"
Name: "{autodesktop}\Sightline"; Filename: "{app}\sightline-window.exe"; Tasks: desktopicon

[Tasks]
Name: "desktopicon"; Description: "{cm:CreateDesktopIcon}"; GroupDescription: "{cm:AdditionalIcons}"; Flags: unchecked

[Registry]
; "Open with" for pictures, without taking them from the program that has them.
Root: HKA; Subkey: "Software\Classes\Sightline.Picture"; ValueType: string; ValueData: "Picture"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\Sightline.Picture\shell\open\command"; ValueType: string; ValueData: """{app}\sightline-window.exe"" ""%1"""
Root: HKA; Subkey: "Software\Classes\.jpg\OpenWithProgids"; ValueType: string; ValueName: "Sightline.Picture"; ValueData: ""; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\.jpeg\OpenWithProgids"; ValueType: string; ValueName: "Sightline.Picture"; ValueData: ""; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\.png\OpenWithProgids"; ValueType: string; ValueName: "Sightline.Picture"; ValueData: ""; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\.webp\OpenWithProgids"; ValueType: string; ValueName: "Sightline.Picture"; ValueData: ""; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\.bmp\OpenWithProgids"; ValueType: string; ValueName: "Sightline.Picture"; ValueData: ""; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\.gif\OpenWithProgids"; ValueType: string; ValueName: "Sightline.Picture"; ValueData: ""; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\.tif\OpenWithProgids"; ValueType: string; ValueName: "Sightline.Picture"; ValueData: ""; Flags: uninsdeletevalue

[Run]
Filename: "{app}\sightline-window.exe"; Description: "{cm:LaunchProgram,Sightline}"; Flags: nowait postinstall skipifsilent
